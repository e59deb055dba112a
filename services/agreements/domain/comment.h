// What a party says about a draft, and the answer. Pure values.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_DOMAIN_COMMENT_H_
#define PHOIHOP_SERVICES_AGREEMENTS_DOMAIN_COMMENT_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/time/time.h"

namespace phoihop::agreements {

// Limit of the contract, in characters.
inline constexpr int kMaxCommentText = 10000;

// The answer to a comment.
struct CommentAnswer {
  std::string text;
  // `members/{id}`.
  std::string answered_by;
  absl::Time answer_time;

  friend bool operator==(const CommentAnswer&, const CommentAnswer&) = default;
};

// A comment in the name of a party.
struct Comment {
  std::string id;
  // Ids of the agreement and of the party's body.
  std::string agreement;
  std::string body;
  std::string text;
  // `members/{id}` who recorded it.
  std::string author;
  absl::Time create_time;
  std::optional<CommentAnswer> answer = std::nullopt;
  // Ascends by one with every change, from 1.
  int64_t revision = 1;

  friend bool operator==(const Comment&, const Comment&) = default;
};

}  // namespace phoihop::agreements

#endif  // PHOIHOP_SERVICES_AGREEMENTS_DOMAIN_COMMENT_H_
