#include "services/ctl/bodies.h"

#include <cstdio>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "services/ctl/client.h"
#include "services/ctl/directory.h"
#include "services/ctl/flags.h"
#include "services/ctl/output.h"

ABSL_FLAG(std::string, abbreviation, "",
          "bodies: usual abbreviation in document numbers, for example BTGTU");
ABSL_FLAG(std::string, from_date, "",
          "bodies: first day (ISO 8601) of the body, of its new name, or on which it is no more");
ABSL_FLAG(std::string, decision, "", "bodies rename, end, merge: number of the decision");
ABSL_FLAG(std::vector<std::string>, successors, {},
          "bodies end: who carries its duties on, bodies/{id} separated by commas");
ABSL_FLAG(std::string, into, "", "bodies merge: the body into which they go, bodies/{id}");

namespace phoihop::ctl {
namespace {

namespace pb = ::phoihop::directory::v1;
using Stub = DirectoryStub;

// With or without `bodies/`.
std::string NameOf(const std::string& body) {
  return absl::StrCat("bodies/", absl::StripPrefix(body, "bodies/"));
}

int Failed(const absl::Status& status, absl::string_view vi, absl::string_view en) {
  SayError(vi, en, status);
  return 1;
}

int Usage(const char* text) {
  std::fprintf(stderr, "%s\n", text);
  return 2;
}

void PrintBody(const pb::Body& body) {
  std::printf("%s\t%s\t%s\t%s\t%s\n", body.name().c_str(), body.valid_from().c_str(),
              body.valid_until().c_str(), body.abbreviation().c_str(), body.display_name().c_str());
}

void SayWhoActs() {
  Say("Từ ngày đó, quyền giao cho cơ quan đã kết thúc chỉ còn để đọc; ai thực hiện nhiệm vụ của "
      "cơ quan kế thừa cần được giao quyền cho cơ quan đó (grants create --body).",
      "From that day on, grants for a body that ended only read; whoever acts for its successor "
      "needs a grant for that (grants create --body).");
}

}  // namespace

std::string DescribeHistory(const pb::BodyHistory& history, const std::string& on_date) {
  const pb::Body& body = history.body();
  std::string text = absl::StrCat(body.name(), "  ", body.unit(), "\n");
  const auto days = [](const std::string& from, const std::string& until) {
    return absl::StrCat(from.empty() ? "?" : from, " .. ", until.empty() ? "" : until);
  };
  if (body.names().empty()) {
    absl::StrAppend(&text, "tên / name: ", body.display_name(), "  (",
                    days(body.valid_from(), body.valid_until()), ")\n");
  }
  for (int i = 0; i < body.names_size(); ++i) {
    const pb::Body::NameVersion& name = body.names(i);
    // The last name holds until the body's end.
    const bool last = i + 1 == body.names_size();
    absl::StrAppend(&text, "tên / name: ", name.display_name(), "  (",
                    days(name.valid_from(), last ? body.valid_until() : name.valid_until()), ")",
                    name.decision_number().empty() ? "" : "  ", name.decision_number(), "\n");
  }
  for (const pb::BodySuccession& from : history.predecessors()) {
    absl::StrAppend(&text, "tiếp nhận từ / took over from: ", from.from_body(), "  ",
                    from.from_display_name(), "  ", from.date(), "  ", from.decision_number(),
                    "\n");
  }
  if (!body.valid_until().empty()) {
    absl::StrAppend(&text, "không còn từ / no more since: ", body.valid_until(), "  ",
                    body.end_decision_number(), "\n");
  }
  for (const pb::BodySuccession& to : history.successors()) {
    absl::StrAppend(&text, "kế thừa bởi / succeeded by: ", to.to_body(), "  ", to.to_display_name(),
                    "\n");
  }
  const std::string day = on_date.empty() ? "hôm nay / today" : on_date;
  for (const pb::Body& carrier : history.carried_by()) {
    absl::StrAppend(&text, "thực hiện nhiệm vụ / carries the duties (", day, "): ", carrier.name(),
                    "  ", carrier.display_name(), "\n");
  }
  if (history.carried_by().empty()) {
    absl::StrAppend(&text, "thực hiện nhiệm vụ / carries the duties (", day,
                    "): không có / nobody\n");
  }
  return text;
}

int CreateBody(Client& client, const Arguments&) {
  const auto stub = DirectoryOf(client);
  const absl::StatusOr<std::string> unit = UnitFromFlags(client, *stub);
  if (!unit.ok()) return Failed(unit.status(), "Không tìm được đơn vị", "No such unit");
  pb::CreateBodyRequest request;
  request.mutable_body()->set_display_name(absl::GetFlag(FLAGS_display_name));
  request.mutable_body()->set_abbreviation(absl::GetFlag(FLAGS_abbreviation));
  request.mutable_body()->set_unit(*unit);
  request.mutable_body()->set_valid_from(absl::GetFlag(FLAGS_from_date));
  request.set_request_id(RandomUuid());
  const auto body =
      Patiently([&] { return rpc::Call(*stub, &Stub::CreateBody, request, client.Options()); });
  if (!body.ok()) return Failed(body.status(), "Không tạo được cơ quan", "No body was created");
  std::printf("%s\n", body->name().c_str());
  return 0;
}

int ListBodies(Client& client, const Arguments&) {
  const auto stub = DirectoryOf(client);
  const absl::StatusOr<std::string> unit = UnitFromFlags(client, *stub);
  if (!unit.ok()) return Failed(unit.status(), "Không tìm được đơn vị", "No such unit");
  pb::ListBodiesRequest request;
  request.set_unit(*unit);
  request.set_on_date(absl::GetFlag(FLAGS_on_date));
  request.set_page_size(1000);
  do {
    const auto page = rpc::Call(*stub, &Stub::ListBodies, request, client.Options());
    if (!page.ok()) return Failed(page.status(), "Không liệt kê được", "No list");
    for (const pb::Body& body : page->bodies()) PrintBody(body);
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  return 0;
}

int RenameBody(Client& client, const Arguments& arguments) {
  if (arguments.size() != 1) {
    return Usage("bodies rename bodies/ID --display_name NAME --from_date DAY --decision NUMBER");
  }
  pb::RenameBodyRequest request;
  request.set_name(NameOf(arguments[0]));
  request.set_display_name(absl::GetFlag(FLAGS_display_name));
  request.set_abbreviation(absl::GetFlag(FLAGS_abbreviation));
  request.set_effective_date(absl::GetFlag(FLAGS_from_date));
  request.set_decision_number(absl::GetFlag(FLAGS_decision));
  request.set_request_id(RandomUuid());
  const auto stub = DirectoryOf(client);
  const auto body =
      Patiently([&] { return rpc::Call(*stub, &Stub::RenameBody, request, client.Options()); });
  if (!body.ok()) {
    return Failed(body.status(), "Không đổi được tên cơ quan", "The body was not renamed");
  }
  PrintBody(*body);
  return 0;
}

int EndBody(Client& client, const Arguments& arguments) {
  if (arguments.size() != 1) {
    return Usage(
        "bodies end bodies/ID --from_date DAY --decision NUMBER [--successors bodies/ID,...]");
  }
  pb::EndBodyRequest request;
  request.set_name(NameOf(arguments[0]));
  request.set_end_date(absl::GetFlag(FLAGS_from_date));
  request.set_decision_number(absl::GetFlag(FLAGS_decision));
  for (const std::string& successor : absl::GetFlag(FLAGS_successors)) {
    request.add_successors(NameOf(successor));
  }
  request.set_request_id(RandomUuid());
  const auto stub = DirectoryOf(client);
  const auto body =
      Patiently([&] { return rpc::Call(*stub, &Stub::EndBody, request, client.Options()); });
  if (!body.ok()) {
    return Failed(body.status(), "Không ghi nhận được việc kết thúc", "The end was not recorded");
  }
  PrintBody(*body);
  if (body->successors_size() > 0) SayWhoActs();
  return 0;
}

int MergeBodies(Client& client, const Arguments& arguments) {
  if (arguments.empty()) {
    return Usage(
        "bodies merge bodies/ID... --from_date DAY --decision NUMBER (--into bodies/ID | "
        "--display_name NAME [--abbreviation A] (--unit units/ID | --unit_code CODE))");
  }
  const auto stub = DirectoryOf(client);
  pb::MergeBodiesRequest request;
  for (const std::string& source : arguments) request.add_sources()->set_name(NameOf(source));
  request.set_merge_date(absl::GetFlag(FLAGS_from_date));
  request.set_decision_number(absl::GetFlag(FLAGS_decision));
  if (!absl::GetFlag(FLAGS_into).empty()) request.set_successor(NameOf(absl::GetFlag(FLAGS_into)));
  if (!absl::GetFlag(FLAGS_display_name).empty()) {
    const absl::StatusOr<std::string> unit = UnitFromFlags(client, *stub);
    if (!unit.ok()) return Failed(unit.status(), "Không tìm được đơn vị", "No such unit");
    request.mutable_new_body()->set_display_name(absl::GetFlag(FLAGS_display_name));
    request.mutable_new_body()->set_abbreviation(absl::GetFlag(FLAGS_abbreviation));
    request.mutable_new_body()->set_unit(*unit);
  }
  request.set_request_id(RandomUuid());
  const auto merged =
      Patiently([&] { return rpc::Call(*stub, &Stub::MergeBodies, request, client.Options()); });
  if (!merged.ok()) {
    return Failed(merged.status(), "Không sáp nhập được", "The bodies were not merged");
  }
  PrintBody(merged->successor());
  for (const pb::Body& body : merged->ended()) PrintBody(body);
  SayWhoActs();
  return 0;
}

int ShowBodyHistory(Client& client, const Arguments& arguments) {
  if (arguments.size() != 1) return Usage("bodies history bodies/ID [--on_date DAY]");
  pb::GetBodyHistoryRequest request;
  request.set_name(NameOf(arguments[0]));
  request.set_on_date(absl::GetFlag(FLAGS_on_date));
  const auto history =
      rpc::Call(*DirectoryOf(client), &Stub::GetBodyHistory, request, client.Options());
  if (!history.ok()) {
    return Failed(history.status(), "Không đọc được lịch sử cơ quan", "No history");
  }
  std::fputs(DescribeHistory(*history, request.on_date()).c_str(), stdout);
  return 0;
}

}  // namespace phoihop::ctl
