#include "services/agreements/dissemination/session.h"

#include "absl/strings/str_cat.h"
#include "common/status/errors.h"
#include "common/status/macros.h"

namespace phoihop::agreements::dissemination {
namespace {

absl::Status Check(const Content& content, const Facts& facts, const std::string& agreement) {
  if (!facts.in_force_from.has_value()) {
    return Precondition("AGREEMENT_NOT_IN_FORCE",
                        {"The agreement is not in force yet; it is made known once it is.",
                         "Chương trình chưa có hiệu lực; chỉ quán triệt, triển khai khi đã có "
                         "hiệu lực."},
                        absl::StrCat("agreements/", agreement));
  }
  FieldErrors errors;
  if (content.date > facts.today) {
    errors.Add("dissemination_session.session_date", "DATE_IN_FUTURE",
               {"The day lies in the future; record a session once it has taken place.",
                "Ngày nằm trong tương lai; hãy ghi nhận sau khi buổi triển khai đã diễn ra."});
  } else if (content.date < *facts.in_force_from || facts.in_force_until <= content.date) {
    errors.Add("dissemination_session.session_date", "NOT_IN_FORCE_ON_DATE",
               {"The agreement was not in force on this day.",
                "Chương trình không có hiệu lực vào ngày này."});
  }
  if (!facts.unit_within) {
    errors.Add("dissemination_session.unit", "UNIT_NOT_WITHIN",
               {"The unit must be the agreement's unit, or one below it on that day.",
                "Đơn vị phải là đơn vị của chương trình hoặc trực thuộc vào ngày đó."});
  }
  if (content.kind == Kind::kBulletin && content.attendance_count != 0) {
    errors.Add("dissemination_session.attendance_count", "COUNT_NOT_OF_KIND",
               {"A bulletin has copies, not attendances.",
                "Bản tin có số bản phát hành, không có lượt người dự."});
  }
  return errors.ToStatus();
}

absl::Status RequireCounting(const Session& session) {
  if (!session.delete_time.has_value()) return absl::OkStatus();
  return Precondition("SESSION_DELETED",
                      {"The session was deleted; record it anew if that was a mistake.",
                       "Buổi triển khai đã bị xóa; hãy ghi nhận lại nếu đã xóa nhầm."},
                      SessionName(session.id));
}

}  // namespace

std::string SessionName(const std::string& id) {
  return absl::StrCat("disseminationSessions/", id);
}

absl::StatusOr<Session> Create(const std::string& id, const std::string& agreement,
                               const Content& content, const Facts& facts, const std::string& actor,
                               absl::Time now) {
  RETURN_IF_ERROR(Check(content, facts, agreement));
  Session session;
  session.id = id;
  session.agreement = agreement;
  session.content = content;
  session.recorded_by = actor;
  session.create_time = now;
  session.update_time = now;
  session.revision = 1;
  return session;
}

absl::StatusOr<Session> Correct(const Session& before, const Content& content,
                                const std::string& reason, const Facts& facts,
                                const std::string& actor, absl::Time now) {
  RETURN_IF_ERROR(RequireCounting(before));
  if (content == before.content) return before;
  RETURN_IF_ERROR(Check(content, facts, before.agreement));
  if (before.correction_count >= kMaxCorrections) {
    return Precondition("TOO_MANY_CORRECTIONS",
                        {"The session was corrected too often; delete it and record it anew.",
                         "Buổi triển khai đã được sửa quá nhiều lần; hãy xóa và ghi nhận lại."},
                        SessionName(before.id));
  }
  Session after = before;
  Correction& correction = after.corrections.emplace_back();
  correction.time = now;
  correction.by = actor;
  correction.reason = reason;
  correction.before = before.content;
  correction.before.documents.clear();
  after.content = content;
  after.update_time = now;
  ++after.correction_count;
  ++after.revision;
  return after;
}

absl::StatusOr<Session> Delete(const Session& before, const std::string& reason, absl::Time now) {
  RETURN_IF_ERROR(RequireCounting(before));
  Session after = before;
  after.delete_time = now;
  after.delete_reason = reason;
  after.update_time = now;
  ++after.revision;
  return after;
}

}  // namespace phoihop::agreements::dissemination
