#include "services/agreements/domain/agreement.h"

#include "absl/strings/str_cat.h"

namespace phoihop::agreements {

Content Agreement::content() const {
  Content content{title, document_number, {}, term_start, term_end, parent};
  content.parties.reserve(parties.size());
  for (const Party& party : parties) content.parties.push_back(party.body);
  return content;
}

std::string AgreementName(const std::string& id) { return absl::StrCat("agreements/", id); }

}  // namespace phoihop::agreements
