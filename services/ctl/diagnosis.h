// What `phoihopctl doctor` finds.
#ifndef PHOIHOP_SERVICES_CTL_DIAGNOSIS_H_
#define PHOIHOP_SERVICES_CTL_DIAGNOSIS_H_

#include <string>
#include <vector>

#include "common/status/errors.h"

namespace phoihop::ctl {

// In order of weight; the greatest is the exit code.
enum class Verdict {
  kGood = 0,
  // Somebody should look at it in the next days.
  kLook = 1,
  // Something does not work, or data are in danger.
  kBroken = 2,
};

// The result of one check.
struct Diagnosis {
  Verdict verdict = Verdict::kGood;
  // What was looked at: `backup`, `service.opinions`. Stable, for scripts.
  std::string check;
  // What was seen.
  Text seen;
  // What to do; empty when there is nothing to do.
  Text advice;
};

// Collects diagnoses.
class Diagnoses {
 public:
  void Good(std::string check, Text seen);
  void Look(std::string check, Text seen, Text advice);
  void Broken(std::string check, Text seen, Text advice);

  const std::vector<Diagnosis>& all() const { return all_; }
  // The gravest; kGood without any.
  Verdict worst() const;

  // For people: Vietnamese first, what is wrong at the end.
  std::string ToText() const;
  // {"verdict": "LOOK", "checks": [{"check", "verdict", "seen": {"vi", "en"}, "advice"}]}.
  std::string ToJson() const;

 private:
  std::vector<Diagnosis> all_;
};

}  // namespace phoihop::ctl

#endif  // PHOIHOP_SERVICES_CTL_DIAGNOSIS_H_
