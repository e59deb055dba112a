// Agreements on the wire, to and from the domain.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_RPC_CONVERTERS_H_
#define PHOIHOP_SERVICES_AGREEMENTS_RPC_CONVERTERS_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/fields/fields.h"
#include "phoihop/agreements/v1/agreements.pb.h"
#include "phoihop/agreements/v1/resources.pb.h"
#include "services/agreements/domain/agreement.h"
#include "services/agreements/domain/commands.h"
#include "services/agreements/domain/comment.h"
#include "services/agreements/domain/coverage.h"
#include "services/agreements/store/agreement_store.h"

namespace phoihop::agreements {

// The fields of an agreement that a client may write, in the order of the contract. `unit`
// is given once, when it is created.
absl::Span<const std::string_view> WritableFields();

// Puts the fields named by `paths` (of WritableFields) into `content`; what is wrong with
// them goes to `check`, with field paths below `agreement`. `amendment` is that of the agreement
// whose content it is: it tells about which day the document is numbered.
void ReadContent(const v1::Agreement& wire, absl::Span<const std::string> paths, Checker& check,
                 Content& content, const std::optional<Amendment>& amendment = std::nullopt);

// Reads who signs, for which party and when; a paper without a date was signed `today`.
Sign ReadSign(const v1::SignAgreementRequest& wire, absl::CivilDay today, Checker& check);

// "" or 64 lower-case hexadecimal digits.
std::string ReadSha256(std::string_view field, std::string_view value, Checker& check);

v1::Agreement::Party ToProto(const Party& party);
v1::Agreement ToProto(const Agreement& agreement);
v1::SigningRound ToProto(const ClosedRound& round);
v1::Comment ToProto(const Comment& comment);

// `bodies/{id}` and `comments/{id}`.
std::string BodyName(const std::string& id);
std::string CommentName(const std::string& id);

// The state asked for; nothing for all. Notes a number that is none.
std::optional<State> ReadState(v1::Agreement::State state, Checker& check);

// A list cursor as text inside a page token, and back; INVALID_ARGUMENT naming page_token.
std::string FormatCursor(const ListCursor& cursor, ListOrder order);
absl::StatusOr<ListCursor> ParseCursor(std::string_view text, ListOrder order);

}  // namespace phoihop::agreements

#endif  // PHOIHOP_SERVICES_AGREEMENTS_RPC_CONVERTERS_H_
