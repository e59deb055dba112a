// Who is calling, as the token says.
#ifndef PHOIHOP_COMMON_ACCESS_CALLER_H_
#define PHOIHOP_COMMON_ACCESS_CALLER_H_

#include <string>

namespace phoihop::access {

// The authenticated caller of a request.
struct Caller {
  enum Kind { kAnonymous, kMember, kService };

  Kind kind = kAnonymous;
  // `members/{id}` or `services/{name}`; empty for an anonymous caller.
  std::string name;
  // The body for which a member acts, `bodies/{id}`; may be empty.
  std::string body;
  // The id of the token, to tell sessions apart in logs.
  std::string session;

  // What the ledger and the logs call this caller.
  std::string ActorName() const { return kind == kAnonymous ? "anonymous" : name; }

  friend bool operator==(const Caller&, const Caller&) = default;
};

}  // namespace phoihop::access

#endif  // PHOIHOP_COMMON_ACCESS_CALLER_H_
