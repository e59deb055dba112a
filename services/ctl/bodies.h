// `phoihopctl bodies ...`: bodies, their names, and what becomes of them.
#ifndef PHOIHOP_SERVICES_CTL_BODIES_H_
#define PHOIHOP_SERVICES_CTL_BODIES_H_

#include <string>

#include "services/ctl/commands.h"

namespace phoihop::directory::v1 {
class BodyHistory;
}  // namespace phoihop::directory::v1

namespace phoihop::ctl {

// The history for reading, one fact a line; `on_date` is the day that was asked about, empty for
// today.
std::string DescribeHistory(const directory::v1::BodyHistory& history, const std::string& on_date);

int CreateBody(Client& client, const Arguments& arguments);
int ListBodies(Client& client, const Arguments& arguments);
int RenameBody(Client& client, const Arguments& arguments);
int EndBody(Client& client, const Arguments& arguments);
int MergeBodies(Client& client, const Arguments& arguments);
int ShowBodyHistory(Client& client, const Arguments& arguments);

}  // namespace phoihop::ctl

#endif  // PHOIHOP_SERVICES_CTL_BODIES_H_
