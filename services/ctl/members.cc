#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "absl/flags/flag.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "common/config/config.h"
#include "common/status/macros.h"
#include "phoihop/directory/v1/directory.grpc.pb.h"
#include "phoihop/gateway/v1/gateway.grpc.pb.h"
#include "services/ctl/client.h"
#include "services/ctl/commands.h"
#include "services/ctl/directory.h"
#include "services/ctl/flags.h"
#include "services/ctl/output.h"

namespace phoihop::ctl {
namespace {

namespace directory = ::phoihop::directory::v1;
namespace gateway = ::phoihop::gateway::v1;
using Directory = DirectoryStub;
using Sessions = gateway::SessionService::Stub;

// The first of these errors, or OK, as an exit code.
int Done(const absl::Status& status, absl::string_view vi, absl::string_view en) {
  if (status.ok()) return 0;
  SayError(vi, en, status);
  return 1;
}

absl::StatusOr<directory::Grant::Role> RoleFromFlag() {
  directory::Grant::Role role = directory::Grant::ROLE_UNSPECIFIED;
  const std::string name = absl::AsciiStrToUpper(absl::GetFlag(FLAGS_role));
  if (!directory::Grant::Role_Parse(name, &role) || role == directory::Grant::ROLE_UNSPECIFIED) {
    return absl::InvalidArgumentError(
        "--role is one of viewer, contributor, officer, leader, "
        "administrator, auditor");
  }
  return role;
}

// --member with or without `members/`.
std::string MemberFromFlag() {
  const std::string member = absl::GetFlag(FLAGS_member);
  if (member.empty()) return "";
  return absl::StrCat("members/", absl::StripPrefix(member, "members/"));
}

absl::StatusOr<directory::Grant> Give(Client& client, Directory& stub, const std::string& member,
                                      directory::Grant::Role role, const std::string& unit,
                                      const std::string& body, const std::string& request_id) {
  directory::CreateGrantRequest request;
  request.mutable_grant()->set_member(member);
  request.mutable_grant()->set_role(role);
  request.mutable_grant()->set_unit(unit);
  request.mutable_grant()->set_body(body);
  request.set_request_id(request_id);
  return Patiently(
      [&] { return rpc::Call(stub, &Directory::CreateGrant, request, client.Options()); });
}

// The administrator's member and grants, and a login with the password in the file. All
// request ids come from the data folder's mark: doing it again gives the same member.
absl::StatusOr<std::string> MakeAdministrator(Client& client) {
  ASSIGN_OR_RETURN(const std::string password,
                   config::ReadSecretFile(absl::GetFlag(FLAGS_password_file)));
  const auto id = [&](absl::string_view what) {
    return UuidFrom(absl::StrCat(client.settings().id, "/bootstrap/", what));
  };
  const auto directory_stub = DirectoryOf(client);
  directory::CreateMemberRequest create;
  create.mutable_member()->set_display_name("Quản trị viên hệ thống");
  create.set_request_id(id("member"));
  ASSIGN_OR_RETURN(const directory::Member member, Patiently([&] {
                     return rpc::Call(*directory_stub, &Directory::CreateMember, create,
                                      client.Options());
                   }));
  // An administrator alone may not write, sign or approve; the first one, who tries the
  // system out, may do everything.
  for (const auto role :
       {directory::Grant::ADMINISTRATOR, directory::Grant::LEADER, directory::Grant::AUDITOR}) {
    RETURN_IF_ERROR(Give(client, *directory_stub, member.name(), role, "units/1", "",
                         id(directory::Grant::Role_Name(role)))
                        .status());
  }
  const auto session_stub = gateway::SessionService::NewStub(client.channel("gateway"));
  gateway::SetCredentialRequest credential;
  credential.set_member(member.name());
  credential.set_login(absl::GetFlag(FLAGS_login));
  credential.set_password(password);
  credential.set_request_id(id("credential"));
  RETURN_IF_ERROR(Patiently([&] {
                    return rpc::Call(*session_stub, &Sessions::SetCredential, credential,
                                     client.Options());
                  }).status());
  return member.name();
}

// Waits until the member may read through every service: each hears of a new grant on its own.
absl::Status WaitForGrants(Client& client, const std::string& member) {
  const auto sessions = gateway::SessionService::NewStub(client.channel("gateway"));
  gateway::IssueTokenRequest issue;
  issue.set_member(member);
  issue.set_lifetime_seconds(60);
  ASSIGN_OR_RETURN(const gateway::Session session,
                   rpc::Call(*sessions, &Sessions::IssueToken, issue, client.Options()));
  const auto overviews = gateway::OverviewService::NewStub(client.channel("gateway"));
  gateway::GetUnitOverviewRequest request;
  request.set_unit("units/1");
  const absl::Time until = absl::Now() + absl::Seconds(30);
  while (true) {
    rpc::CallOptions options = client.Options();
    options.bearer = session.token();
    const auto overview =
        rpc::Call(*overviews, &gateway::OverviewService::Stub::GetUnitOverview, request, options);
    if (overview.ok() && std::all_of(overview->parts().begin(), overview->parts().end(),
                                     [](const gateway::UnitOverview::Part& part) {
                                       return part.state() == gateway::UnitOverview::Part::OK;
                                     })) {
      return absl::OkStatus();
    }
    if (absl::Now() > until) {
      return overview.ok() ? absl::UnavailableError("a service does not answer")
                           : overview.status();
    }
    absl::SleepFor(absl::Milliseconds(100));
  }
}

absl::Status WriteWhole(const std::string& path, const std::string& text) {
  const std::string beside = absl::StrCat(path, ".new");
  std::ofstream out(beside);
  out << text << '\n';
  out.close();
  std::error_code error;
  if (out) std::filesystem::rename(beside, path, error);
  if (!out || error) return absl::UnavailableError(absl::StrCat("cannot write ", path));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::string> IssueToken(Client& client) {
  gateway::IssueTokenRequest request;
  request.set_member(MemberFromFlag());
  if (request.member().empty() && !client.settings().data.empty()) {
    const absl::StatusOr<std::string> name = ReadFile(client.settings().File("administrator"));
    if (name.ok()) request.set_member(std::string(absl::StripAsciiWhitespace(*name)));
  }
  request.set_lifetime_seconds(absl::GetFlag(FLAGS_lifetime_seconds));
  request.set_request_id(RandomUuid());
  const auto stub = gateway::SessionService::NewStub(client.channel("gateway"));
  ASSIGN_OR_RETURN(const gateway::Session session, Patiently([&] {
                     return rpc::Call(*stub, &Sessions::IssueToken, request, client.Options());
                   }));
  return session.token();
}

int PrintToken(Client& client, const Arguments&) {
  const absl::StatusOr<std::string> token = IssueToken(client);
  if (token.ok()) std::printf("%s\n", token->c_str());
  return Done(token.status(), "Không cấp được mã truy cập", "No token was issued");
}

int Bootstrap(Client& client, const Arguments&) {
  const absl::StatusOr<std::string> member = MakeAdministrator(client);
  absl::Status status = member.status();
  if (status.ok()) status = WaitForGrants(client, *member);
  if (status.ok()) status = WriteWhole(client.settings().File("administrator"), *member);
  return Done(status, "Không tạo được người quản trị", "No administrator was made");
}

int SetCredential(Client& client, const Arguments&) {
  const absl::StatusOr<std::string> password =
      config::ReadSecretFile(absl::GetFlag(FLAGS_password_file));
  if (!password.ok()) {
    return Done(password.status(), "Không đọc được mật khẩu", "No password");
  }
  gateway::SetCredentialRequest request;
  request.set_member(MemberFromFlag());
  request.set_login(absl::GetFlag(FLAGS_login));
  request.set_password(*password);
  request.set_request_id(RandomUuid());
  const auto stub = gateway::SessionService::NewStub(client.channel("gateway"));
  const auto answer = rpc::Call(*stub, &Sessions::SetCredential, request, client.Options());
  if (answer.ok()) std::printf("%s\n", answer->member().c_str());
  return Done(answer.status(), "Không đặt được mật khẩu", "The password was not set");
}

int CreateMember(Client& client, const Arguments&) {
  directory::CreateMemberRequest request;
  request.mutable_member()->set_display_name(absl::GetFlag(FLAGS_display_name));
  request.mutable_member()->set_body(absl::GetFlag(FLAGS_body));
  request.set_request_id(RandomUuid());
  const auto stub = DirectoryOf(client);
  const auto member = Patiently(
      [&] { return rpc::Call(*stub, &Directory::CreateMember, request, client.Options()); });
  if (member.ok()) std::printf("%s\n", member->name().c_str());
  return Done(member.status(), "Không tạo được thành viên", "No member was created");
}

int ListMembers(Client& client, const Arguments&) {
  const auto stub = DirectoryOf(client);
  directory::ListMembersRequest request;
  request.set_page_size(1000);
  do {
    const auto page = rpc::Call(*stub, &Directory::ListMembers, request, client.Options());
    if (!page.ok()) return Done(page.status(), "Không liệt kê được", "No list");
    for (const directory::Member& member : page->members()) {
      std::printf("%s\t%s\t%s\n", member.name().c_str(), member.body().c_str(),
                  member.display_name().c_str());
    }
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  return 0;
}

int CreateGrant(Client& client, const Arguments&) {
  const auto stub = DirectoryOf(client);
  const auto give = [&]() -> absl::StatusOr<directory::Grant> {
    ASSIGN_OR_RETURN(const directory::Grant::Role role, RoleFromFlag());
    ASSIGN_OR_RETURN(const std::string unit, UnitFromFlags(client, *stub));
    return Give(client, *stub, MemberFromFlag(), role, unit, absl::GetFlag(FLAGS_body),
                RandomUuid());
  };
  const absl::StatusOr<directory::Grant> grant = give();
  if (grant.ok()) std::printf("%s\n", grant->name().c_str());
  return Done(grant.status(), "Không cấp được quyền", "No grant was given");
}

int ListGrants(Client& client, const Arguments&) {
  directory::ListGrantsRequest request;
  request.set_member(MemberFromFlag());
  const auto stub = DirectoryOf(client);
  const auto answer = rpc::Call(*stub, &Directory::ListGrants, request, client.Options());
  if (!answer.ok()) return Done(answer.status(), "Không liệt kê được", "No list");
  for (const directory::Grant& grant : answer->grants()) {
    std::printf("%s\t%s\t%s\t%s\t%s\n", grant.name().c_str(),
                directory::Grant::Role_Name(grant.role()).c_str(), grant.unit().c_str(),
                grant.body().c_str(), grant.has_revoke_time() ? "revoked" : "");
  }
  return 0;
}

int RevokeGrant(Client& client, const Arguments& arguments) {
  if (arguments.size() != 1) {
    std::fputs("grants revoke grants/ID\n", stderr);
    return 2;
  }
  directory::RevokeGrantRequest request;
  request.set_name(arguments[0]);
  request.set_request_id(RandomUuid());
  const auto stub = DirectoryOf(client);
  const auto grant = Patiently(
      [&] { return rpc::Call(*stub, &Directory::RevokeGrant, request, client.Options()); });
  return Done(grant.status(), "Không thu hồi được quyền", "The grant was not revoked");
}

}  // namespace phoihop::ctl
