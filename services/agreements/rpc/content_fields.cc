// What a client may write into an agreement, field by field.
#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/text/text.h"
#include "services/agreements/attachments/catalog.h"
#include "services/agreements/domain/content.h"
#include "services/agreements/rpc/converters.h"

namespace phoihop::agreements {
namespace {

// How many elements of a repeated field are looked at: one beyond the limit tells that
// there are too many.
int Counted(std::string_view field, int size, int limit, Checker& check) {
  if (size > limit) {
    check.Add(field, "TOO_MANY",
              {absl::StrCat("At most ", limit, " are allowed here."),
               absl::StrCat("Chỉ được tối đa ", limit, " mục.")});
  }
  return std::min(size, limit);
}

// The number of a document, kept as it was typed: every space of it, those at its ends and no-break
// ones too. What would not be one line, or is no text, is refused; spaces alone are no number.
std::string AsTyped(std::string_view field, const std::string& typed, int min, Checker& check) {
  if (check.Text(field, typed, min, kMaxDocumentNumber).empty()) return "";
  // The check has looked at the number without the spaces and line breaks around it.
  const absl::StatusOr<std::string> whole = Clean(absl::StrCat("<", typed, ">"));
  if (whole.ok() && whole->find_first_of("\n\t") != std::string::npos) {
    check.Add(field, "NOT_ONE_LINE",
              {"The number must be on one line, without line breaks or tabs around it.",
               "Số văn bản phải nằm trên một dòng, không có dấu xuống dòng hay tab ở hai đầu."});
    return "";
  }
  if (CharCount(typed) > kMaxDocumentNumber) {
    check.Add(
        field, "INVALID_LENGTH",
        {absl::StrCat("The number has at most ", kMaxDocumentNumber,
                      " characters, spaces included."),
         absl::StrCat("Số văn bản có tối đa ", kMaxDocumentNumber, " ký tự, kể cả khoảng trắng.")});
    return "";
  }
  return typed;
}

void ReadParties(const v1::Agreement& wire, Checker& check, Content& content) {
  content.parties.clear();
  content.sign_by.clear();
  // One beyond the limit is enough for the domain to see that there are too many.
  const int count = std::min(wire.parties_size(), kMaxParties + 1);
  for (int i = 0; i < count; ++i) {
    const std::string field = absl::StrCat("agreement.parties[", i, "]");
    content.parties.push_back(
        check.Name(absl::StrCat(field, ".body"), "bodies/*", wire.parties(i).body()));
    const std::optional<absl::CivilDay> day =
        check.OptionalDay(absl::StrCat(field, ".sign_by"), wire.parties(i).sign_by());
    if (day.has_value()) content.sign_by[content.parties.back()] = *day;
  }
}

void ReadBases(const v1::Agreement& wire, Checker& check, Content& content) {
  content.legal_bases.clear();
  const int count =
      Counted("agreement.legal_bases", wire.legal_bases_size(), kMaxLegalBases, check);
  for (int i = 0; i < count; ++i) {
    const v1::Agreement::LegalBasis& from = wire.legal_bases(i);
    const std::string field = absl::StrCat("agreement.legal_bases[", i, "]");
    LegalBasis basis;
    basis.document_number =
        AsTyped(absl::StrCat(field, ".document_number"), from.document_number(), 1, check);
    basis.title = check.Text(absl::StrCat(field, ".title"), from.title(), 0, kMaxTitle);
    basis.issue_date = check.OptionalDay(absl::StrCat(field, ".issue_date"), from.issue_date());
    basis.issuer = check.Text(absl::StrCat(field, ".issuer"), from.issuer(), 0, kMaxIssuer);
    content.legal_bases.push_back(std::move(basis));
  }
}

void ReadClauses(const v1::Agreement& wire, Checker& check, Content& content) {
  content.clauses.clear();
  const int count = Counted("agreement.clauses", wire.clauses_size(), kMaxClauses, check);
  for (int i = 0; i < count; ++i) {
    const v1::Agreement::Clause& from = wire.clauses(i);
    const std::string field = absl::StrCat("agreement.clauses[", i, "]");
    Clause clause;
    if (from.area() == v1::Agreement::AREA_UNSPECIFIED) {
      check.Required(absl::StrCat(field, ".area"), false);
    } else if (!v1::Agreement::Area_IsValid(from.area())) {
      check.Add(absl::StrCat(field, ".area"), "UNKNOWN_AREA",
                {"The area is not known.", "Lĩnh vực không được biết đến."});
    } else {
      clause.area = static_cast<Area>(from.area());
    }
    clause.heading = check.Text(absl::StrCat(field, ".heading"), from.heading(), 0, kMaxHeading);
    clause.text = check.Paragraphs(absl::StrCat(field, ".text"), from.text(), 1, kMaxClauseText);
    content.clauses.push_back(std::move(clause));
  }
}

void ReadTarget(const v1::Agreement& wire, Checker& check, Content& content) {
  content.cascade_target = CascadeTarget();
  const v1::Agreement::CascadeTarget& from = wire.cascade_target();
  CascadeTarget& target = content.cascade_target;
  const std::string field = "agreement.cascade_target";
  const int levels =
      Counted(absl::StrCat(field, ".levels"), from.levels_size(), kMaxTargetLevels, check);
  for (int i = 0; i < levels; ++i) {
    target.levels.push_back(
        check.Text(absl::StrCat(field, ".levels[", i, "]"), from.levels(i), 1, 30));
  }
  if (!from.subtree().empty()) {
    target.subtree = check.Unit(absl::StrCat(field, ".subtree"), from.subtree());
  }
  const int units =
      Counted(absl::StrCat(field, ".units"), from.units_size(), kMaxTargetUnits, check);
  for (int i = 0; i < units; ++i) {
    target.units.push_back(check.Unit(absl::StrCat(field, ".units[", i, "]"), from.units(i)));
  }
  target.due = check.OptionalDay(absl::StrCat(field, ".due_date"), from.due_date());
}

void ReadAttachments(const v1::Agreement& wire, Checker& check, Content& content) {
  content.attachments.clear();
  const int count =
      Counted("agreement.attachments", wire.attachments_size(), kMaxLinkedFiles, check);
  for (int i = 0; i < count; ++i) {
    const v1::Agreement::Attachment& from = wire.attachments(i);
    const std::string field = absl::StrCat("agreement.attachments[", i, "]");
    const std::string name = absl::StrCat(field, ".attachment");
    Attachment file;
    file.sha256 = ReadSha256(name, check.Name(name, "attachments/*", from.attachment()), check);
    file.file_name =
        check.Text(absl::StrCat(field, ".file_name"), from.file_name(), 1, kMaxFileName);
    if (file.file_name.find_first_of("/\\") != std::string::npos || file.file_name == "." ||
        file.file_name == "..") {
      check.Add(absl::StrCat(field, ".file_name"), "NAME_WITH_PATH",
                {"The name of a file has no path.", "Tên tệp không được chứa đường dẫn."});
    }
    content.attachments.push_back(std::move(file));
  }
}

void ReadPlan(const v1::Agreement& wire, Checker& check, Content& content) {
  content.signing_groups.clear();
  const int count = Counted("agreement.signing_plan.groups", wire.signing_plan().groups_size(),
                            kMaxParties, check);
  for (int g = 0; g < count; ++g) {
    const v1::Agreement::SigningPlan::Group& from = wire.signing_plan().groups(g);
    const std::string field = absl::StrCat("agreement.signing_plan.groups[", g, "].parties");
    SigningGroup group;
    const int parties = Counted(field, from.parties_size(), kMaxParties, check);
    for (int i = 0; i < parties; ++i) {
      group.parties.push_back(
          check.Name(absl::StrCat(field, "[", i, "]"), "bodies/*", from.parties(i)));
    }
    group.required = from.required_count() == 0 ? parties : from.required_count();
    content.signing_groups.push_back(std::move(group));
  }
}

struct Field {
  std::string_view path;
  void (*read)(const v1::Agreement& wire, Checker& check, Content& content);
};

constexpr Field kFields[] = {
    {"title",
     [](const v1::Agreement& wire, Checker& check, Content& content) {
       content.title = check.Text("agreement.title", wire.title(), 1, kMaxTitle);
     }},
    {"document_number",
     [](const v1::Agreement& wire, Checker& check, Content& content) {
       content.document_number =
           AsTyped("agreement.document_number", wire.document_number(), 0, check);
     }},
    {"parties", ReadParties},
    {"term_start",
     [](const v1::Agreement& wire, Checker& check, Content& content) {
       content.term_start = check.Day("agreement.term_start", wire.term_start());
     }},
    {"term_end",
     [](const v1::Agreement& wire, Checker& check, Content& content) {
       content.term_end = check.Day("agreement.term_end", wire.term_end());
     }},
    {"parent",
     [](const v1::Agreement& wire, Checker& check, Content& content) {
       content.parent.clear();
       if (wire.parent().empty()) return;
       content.parent = check.Name("agreement.parent", "agreements/*", wire.parent());
     }},
    {"legal_bases", ReadBases},
    {"clauses", ReadClauses},
    {"issuing_body",
     [](const v1::Agreement& wire, Checker& check, Content& content) {
       content.issuing_body.clear();
       if (wire.issuing_body().empty()) return;
       content.issuing_body = check.Name("agreement.issuing_body", "bodies/*", wire.issuing_body());
     }},
    {"document_series",
     [](const v1::Agreement& wire, Checker& check, Content& content) {
       content.document_series =
           check.Text("agreement.document_series", wire.document_series(), 0, kMaxSeries);
     }},
    {"cascade_target", ReadTarget},
    {"attachments", ReadAttachments},
    {"signing_plan", ReadPlan},
};

}  // namespace

absl::Span<const std::string_view> WritableFields() {
  static const auto* const paths = [] {
    auto* result = new std::vector<std::string_view>;
    for (const Field& field : kFields) result->push_back(field.path);
    return result;
  }();
  return *paths;
}

void ReadContent(const v1::Agreement& wire, absl::Span<const std::string> paths, Checker& check,
                 Content& content, const std::optional<Amendment>& amendment) {
  const auto numbered = [&] {
    return amendment.has_value() ? amendment->effective : content.term_start;
  };
  const auto given = [&](std::string_view path) {
    return std::find(paths.begin(), paths.end(), path) != paths.end();
  };
  if (!given("document_series")) ForgetDerivedSeries(content, numbered());
  for (const Field& field : kFields) {
    if (given(field.path)) field.read(wire, check, content);
  }
  CompleteContent(content, numbered());
}

}  // namespace phoihop::agreements
