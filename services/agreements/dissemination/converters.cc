#include "services/agreements/dissemination/converters.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/names/names.h"
#include "common/time/civil.h"
#include "services/agreements/domain/agreement.h"

namespace phoihop::agreements::dissemination {
namespace {

using Wire = v1::DisseminationSession;

static_assert(static_cast<int>(Kind::kConference) == Wire::CONFERENCE);
static_assert(static_cast<int>(Kind::kTraining) == Wire::TRAINING);
static_assert(static_cast<int>(Kind::kOnline) == Wire::ONLINE);
static_assert(static_cast<int>(Kind::kBulletin) == Wire::BULLETIN);
static_assert(static_cast<int>(Kind::kOther) == Wire::OTHER);

constexpr char kPrefix[] = "dissemination_session.";

std::string Path(std::string_view field) {
  return absl::StrCat(kPrefix, absl::string_view(field.data(), field.size()));
}

void ReadKind(const Wire& wire, Checker& check, Content& content) {
  if (wire.kind() == Wire::KIND_UNSPECIFIED || !Wire::Kind_IsValid(wire.kind())) {
    check.Add(Path("kind"), "UNKNOWN_KIND",
              {"Choose CONFERENCE, TRAINING, ONLINE, BULLETIN or OTHER.",
               "Hãy chọn một hình thức: CONFERENCE, TRAINING, ONLINE, BULLETIN hoặc OTHER."});
    return;
  }
  content.kind = static_cast<Kind>(wire.kind());
}

bool IsDigest(const std::string& text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

void ReadDocuments(const Wire& wire, Checker& check, Content& content) {
  content.documents.clear();
  if (wire.documents_size() > kMaxDocuments) {
    check.Add(Path("documents"), "TOO_MANY_DOCUMENTS",
              {absl::StrCat("A session has at most ", kMaxDocuments, " documents."),
               absl::StrCat("Một buổi triển khai có tối đa ", kMaxDocuments, " tài liệu.")});
    return;
  }
  for (int i = 0; i < wire.documents_size(); ++i) {
    const Wire::Document& from = wire.documents(i);
    const std::string path = absl::StrCat(kPrefix, "documents[", i, "].");
    Document& document = content.documents.emplace_back();
    document.title = check.Text(path + "title", from.title(), 1, kMaxTitle);
    document.document_number =
        check.Text(path + "document_number", from.document_number(), 0, kMaxDocumentNumber);
    if (from.attachment().empty()) continue;
    document.attachment = check.Name(path + "attachment", "attachments/*", from.attachment());
    if (!document.attachment.empty() && !IsDigest(document.attachment)) {
      check.Add(path + "attachment", "INVALID_NAME",
                {"An attachment is named by the 64 hexadecimal digits of its SHA-256.",
                 "Tệp đính kèm được đặt tên bằng 64 chữ số thập lục phân của mã SHA-256."});
    }
  }
}

struct Field {
  std::string_view path;
  void (*read)(const Wire& wire, Checker& check, Content& content);
};

constexpr Field kFields[] = {
    {"unit", [](const Wire& wire, Checker& check,
                Content& content) { content.unit = check.Unit(Path("unit"), wire.unit()); }},
    {"session_date",
     [](const Wire& wire, Checker& check, Content& content) {
       content.date = check.Day(Path("session_date"), wire.session_date());
     }},
    {"kind", ReadKind},
    {"title",
     [](const Wire& wire, Checker& check, Content& content) {
       content.title = check.Text(Path("title"), wire.title(), 1, kMaxTitle);
     }},
    {"session_count",
     [](const Wire& wire, Checker& check, Content& content) {
       content.session_count =
           std::max(1, static_cast<int>(check.Count(Path("session_count"), wire.session_count(), 0,
                                                    kMaxSessionCount)));
     }},
    {"attendance_count",
     [](const Wire& wire, Checker& check, Content& content) {
       content.attendance_count = static_cast<int>(
           check.Count(Path("attendance_count"), wire.attendance_count(), 0, kMaxAttendanceCount));
     }},
    {"copy_count",
     [](const Wire& wire, Checker& check, Content& content) {
       content.copy_count =
           static_cast<int>(check.Count(Path("copy_count"), wire.copy_count(), 0, kMaxCopyCount));
     }},
    {"documents", ReadDocuments},
};

void SetTime(absl::Time time, google::protobuf::Timestamp& wire) {
  const timespec parts = absl::ToTimespec(time);
  wire.set_seconds(parts.tv_sec);
  wire.set_nanos(static_cast<int>(parts.tv_nsec));
}

void Fill(const Figures& figures, v1::DisseminationTotals::Figures& wire) {
  wire.set_record_count(figures.records);
  wire.set_session_count(figures.sessions);
  wire.set_attendance_count(figures.attendances);
  wire.set_copy_count(figures.copies);
}

void Fill(const std::map<Kind, Figures>& kinds,
          google::protobuf::RepeatedPtrField<v1::DisseminationTotals::KindTotals>& wire) {
  for (const auto& [kind, figures] : kinds) {
    v1::DisseminationTotals::KindTotals& to = *wire.Add();
    to.set_kind(static_cast<Wire::Kind>(kind));
    Fill(figures, *to.mutable_figures());
  }
}

}  // namespace

absl::Span<const std::string_view> WritableFields() {
  static const auto* const paths = [] {
    auto* result = new std::vector<std::string_view>;
    for (const Field& field : kFields) result->push_back(field.path);
    return result;
  }();
  return *paths;
}

void ReadContent(const v1::DisseminationSession& wire, absl::Span<const std::string> paths,
                 Checker& check, Content& content) {
  for (const Field& field : kFields) {
    if (std::find(paths.begin(), paths.end(), field.path) != paths.end()) {
      field.read(wire, check, content);
    }
  }
}

v1::DisseminationSession ToProto(const Session& session) {
  Wire wire;
  wire.set_name(SessionName(session.id));
  wire.set_agreement(AgreementName(session.agreement));
  const Content& content = session.content;
  wire.set_unit(UnitName(content.unit));
  wire.set_session_date(FormatDay(content.date));
  wire.set_kind(static_cast<Wire::Kind>(content.kind));
  wire.set_title(content.title);
  wire.set_session_count(content.session_count);
  wire.set_attendance_count(content.attendance_count);
  wire.set_copy_count(content.copy_count);
  for (const Document& document : content.documents) {
    Wire::Document& to = *wire.add_documents();
    to.set_title(document.title);
    to.set_document_number(document.document_number);
    if (!document.attachment.empty()) {
      to.set_attachment(absl::StrCat("attachments/", document.attachment));
    }
  }
  wire.set_recorded_by(session.recorded_by);
  SetTime(session.create_time, *wire.mutable_create_time());
  SetTime(session.update_time, *wire.mutable_update_time());
  if (session.delete_time.has_value()) {
    SetTime(*session.delete_time, *wire.mutable_delete_time());
    wire.set_delete_reason(session.delete_reason);
  }
  for (const Correction& correction : session.corrections) {
    Wire::Correction& to = *wire.add_corrections();
    SetTime(correction.time, *to.mutable_correct_time());
    to.set_corrected_by(correction.by);
    to.set_reason(correction.reason);
    to.set_session_date(FormatDay(correction.before.date));
    to.set_unit(UnitName(correction.before.unit));
    to.set_kind(static_cast<Wire::Kind>(correction.before.kind));
    to.set_title(correction.before.title);
    to.set_session_count(correction.before.session_count);
    to.set_attendance_count(correction.before.attendance_count);
    to.set_copy_count(correction.before.copy_count);
  }
  wire.set_correction_count(session.correction_count);
  wire.set_revision(session.revision);
  wire.set_etag(Etag(session.revision));
  return wire;
}

void FillTotals(const Totals& totals, v1::DisseminationTotals& wire) {
  for (const LevelTotals& level : totals.levels) {
    v1::DisseminationTotals::LevelTotals& to = *wire.add_levels();
    to.set_level(level.level);
    Fill(level.kinds, *to.mutable_kinds());
    Fill(level.figures, *to.mutable_figures());
  }
  Fill(totals.figures, *wire.mutable_figures());
  Fill(totals.kinds, *wire.mutable_kinds());
}

}  // namespace phoihop::agreements::dissemination
