// Numbers of documents, as people type them.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_DOMAIN_DOCUMENT_NUMBER_H_
#define PHOIHOP_SERVICES_AGREEMENTS_DOMAIN_DOCUMENT_NUMBER_H_

#include <string>
#include <string_view>

namespace phoihop::agreements {

// The form by which two numbers are the same: `221 - QĐ/TW`, `221–QĐ/TW` and `221-QD/TW`
// name one document, and so do `2-CTr/TU` and `02-CTR/TU`. Spaces around dashes and slashes
// go, every kind of dash is a hyphen, letters are folded as for searching, zeros before the
// leading number do not count. What does not look like a number is kept, folded; "" stays
// "". The form is for comparing, never shown.
std::string DocumentKey(std::string_view typed);

}  // namespace phoihop::agreements

#endif  // PHOIHOP_SERVICES_AGREEMENTS_DOMAIN_DOCUMENT_NUMBER_H_
