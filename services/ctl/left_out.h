#ifndef PHOIHOP_SERVICES_CTL_LEFT_OUT_H_
#define PHOIHOP_SERVICES_CTL_LEFT_OUT_H_

#include <string_view>

#include "common/status/errors.h"

namespace phoihop::ctl {

// Why rows of a register were left out, for people. A reason that this program does not
// know is given as it is.
Text LeftOutText(std::string_view reason);

}  // namespace phoihop::ctl

#endif  // PHOIHOP_SERVICES_CTL_LEFT_OUT_H_
