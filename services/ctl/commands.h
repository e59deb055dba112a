// The subcommands of phoihopctl. Each returns the process's exit code: 0 done, 1 the answer is
// no or it failed, 2 bad usage.
#ifndef PHOIHOP_SERVICES_CTL_COMMANDS_H_
#define PHOIHOP_SERVICES_CTL_COMMANDS_H_

#include <string>
#include <vector>

#include "services/ctl/settings.h"

namespace phoihop::ctl {

class Client;

// Positional arguments behind the subcommand's words.
using Arguments = std::vector<std::string>;

int ImportUnits(Client& client, const Arguments& arguments);
int CountUnits(Client& client, const Arguments& arguments);
int VerifyLedgers(Client& client, const Arguments& arguments);
int FollowLedger(Client& client, const Arguments& arguments);
int RebuildReporting(Client& client, const Arguments& arguments);
int ExportAgreement(Client& client, const Arguments& arguments);
int PrintToken(Client& client, const Arguments& arguments);
int Bootstrap(Client& client, const Arguments& arguments);
int SetCredential(Client& client, const Arguments& arguments);
int CreateMember(Client& client, const Arguments& arguments);
int ListMembers(Client& client, const Arguments& arguments);
int CreateGrant(Client& client, const Arguments& arguments);
int ListGrants(Client& client, const Arguments& arguments);
int RevokeGrant(Client& client, const Arguments& arguments);
// These need no identity of their own.
int VerifyStoredLedgers(const Settings& settings, const Arguments& arguments);
int StartNewEpochs(const Settings& settings, const Arguments& arguments);
int GenerateKeys(const Settings& settings, const Arguments& arguments);
int VerifyAgreement(const Settings& settings, const Arguments& arguments);
int CheckHealth(const Settings& settings, const Arguments& arguments);

}  // namespace phoihop::ctl

#endif  // PHOIHOP_SERVICES_CTL_COMMANDS_H_
