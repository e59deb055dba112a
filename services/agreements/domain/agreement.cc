#include "services/agreements/domain/agreement.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace phoihop::agreements {

Content Agreement::content() const {
  Content content{title, document_number, {}, term_start, term_end, parent};
  content.parties.reserve(parties.size());
  for (int required : required_signatures) content.signing_groups.push_back({{}, required});
  for (const Party& party : parties) {
    content.parties.push_back(party.body);
    if (party.sign_by.has_value()) content.sign_by.emplace(party.body, *party.sign_by);
    if (!required_signatures.empty()) {
      content.signing_groups.at(party.group).parties.push_back(party.body);
    }
  }
  content.legal_bases = legal_bases;
  content.clauses = clauses;
  content.issuing_body = issuing_body;
  content.document_series = document_series;
  content.cascade_target = cascade_target;
  content.attachments = attachments;
  return content;
}

void SetContent(const Content& content, Agreement& agreement) {
  agreement.title = content.title;
  agreement.document_number = content.document_number;
  agreement.term_start = content.term_start;
  agreement.term_end = content.term_end;
  agreement.parent = content.parent;
  agreement.legal_bases = content.legal_bases;
  agreement.clauses = content.clauses;
  agreement.issuing_body = content.issuing_body;
  agreement.document_series = content.document_series;
  agreement.cascade_target = content.cascade_target;
  agreement.attachments = content.attachments;
  std::map<std::string, int> groups;
  agreement.required_signatures.clear();
  for (const SigningGroup& group : content.signing_groups) {
    for (const std::string& body : group.parties) {
      groups[body] = static_cast<int>(agreement.required_signatures.size());
    }
    agreement.required_signatures.push_back(group.required);
  }
  agreement.parties.clear();
  for (const std::string& body : content.parties) {
    Party party{body, std::nullopt};
    if (const auto day = content.sign_by.find(body); day != content.sign_by.end()) {
      party.sign_by = day->second;
    }
    if (const auto group = groups.find(body); group != groups.end()) party.group = group->second;
    agreement.parties.push_back(std::move(party));
  }
}

absl::CivilDay HoldsFrom(const Agreement& amendment) {
  absl::CivilDay from = amendment.amendment->effective;
  for (const Party& party : amendment.parties) {
    if (party.signature.has_value()) from = std::max(from, party.signature->sign_date);
  }
  return from;
}

std::string AgreementName(const std::string& id) { return absl::StrCat("agreements/", id); }

}  // namespace phoihop::agreements
