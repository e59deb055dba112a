// The text that parties sign: one canonical rendering of an agreement. Pure.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_DOMAIN_TEXT_H_
#define PHOIHOP_SERVICES_AGREEMENTS_DOMAIN_TEXT_H_

#include <string>
#include <string_view>

#include "services/agreements/domain/agreement.h"

namespace phoihop::agreements {

// First line of every text; another number means another way of rendering. Texts that were
// fixed for signing are stored and never rendered again, so a new way changes none of them: those
// of older renderings are signed, exported and verified as they are. Rendering 1 had no round of
// signing, 2 wrote days of the term as ISO 8601 and did not say who has to sign.
inline constexpr std::string_view kTextHeader = "PHOIHOP-AGREEMENT-TEXT/3";

// Plain UTF-8 in lines that end with LF: what the agreement says, with the parties' names as
// they are frozen in it and the digests of the attachments. What stands in it is its
// content and nothing that changes while it is signed, so that every signer signs the same
// bytes. The round of signing stands in it: what was signed in a round that ended without
// success must not pass for a signature of a later one, however alike their content is. So
// every round has a text of its own; a draft's is that of the round to come. How many of which
// parties have to sign stands in it too, so that a signature that is missing in a file is missed.
//
// Lines of clauses begin with two spaces: no text of an author can pass for another
// part of the document.
std::string RenderText(const Agreement& agreement);

// SHA-256, lower-case hexadecimal.
std::string Sha256Hex(std::string_view bytes);

// An area for reading, in Vietnamese.
std::string_view AreaTitle(Area area);

}  // namespace phoihop::agreements

#endif  // PHOIHOP_SERVICES_AGREEMENTS_DOMAIN_TEXT_H_
