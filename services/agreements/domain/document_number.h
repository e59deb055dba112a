// Numbers of documents, as people type them.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_DOMAIN_DOCUMENT_NUMBER_H_
#define PHOIHOP_SERVICES_AGREEMENTS_DOMAIN_DOCUMENT_NUMBER_H_

#include <cstdint>
#include <string>
#include <string_view>

namespace phoihop::agreements {

// The form by which two numbers are the same: `221 - QĐ/TW`, `221–QĐ/TW` and `221-QD/TW`
// name one document, and so do `2-CTr/TU` and `02-CTR/TU`. Spaces around dashes and slashes
// go, every kind of dash is a hyphen, letters are folded as for searching, zeros before the
// leading number do not count. What does not look like a number is kept, folded; "" stays
// "". The form is for comparing, never shown.
std::string DocumentKey(std::string_view typed);

// A number taken apart.
struct DocumentNumber {
  // The leading number; 0 when there is none, or one of more than 9 digits.
  int64_t number = 0;
  // Year within it, "09/2019/NĐ-CP"; 0 for none.
  int year = 0;
  // Kind of document and who issued it, as typed, dashes unified: "CTr", "BTGTU-ĐĐHĐND".
  std::string type;
  std::string issuer;
  // An organisation of the Party issued it: the Party writes number-TYPE/ISSUER, the state
  // number/TYPE-ISSUER.
  bool party = false;

  friend bool operator==(const DocumentNumber&, const DocumentNumber&) = default;
};

// Takes a number as typed apart, as far as it has the usual form: "02-CTr/TU", "221 - QĐ/TW" and
// "12/BC-UBND" of party and state, "09/2019/NĐ-CP" of norms. Parts that are not there stay empty.
DocumentNumber ParseDocumentNumber(std::string_view typed);

}  // namespace phoihop::agreements

#endif  // PHOIHOP_SERVICES_AGREEMENTS_DOMAIN_DOCUMENT_NUMBER_H_
