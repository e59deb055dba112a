// What a service shows when it calls another, and signs its ledger with.
#ifndef PHOIHOP_COMMON_ACCESS_CREDENTIALS_H_
#define PHOIHOP_COMMON_ACCESS_CREDENTIALS_H_

#include <functional>
#include <memory>
#include <string>

#include "common/access/tokens.h"
#include "common/ledger/signer.h"
#include "common/time/clock.h"

namespace phoihop::access {

// A function that gives a token of the signer's owner for itself. A token lives
// five minutes and is made anew after half of that. Thread safe; "" when no token can
// be made. `signer` and `clock` must outlive it.
std::function<std::string()> OwnCredentials(const TokenSigner* signer, const Clock* clock);

// Signs ledger checkpoints with the same key as tokens. `signer` must outlive it.
std::unique_ptr<ledger::Signer> CheckpointSigner(const TokenSigner* signer);

}  // namespace phoihop::access

#endif  // PHOIHOP_COMMON_ACCESS_CREDENTIALS_H_
