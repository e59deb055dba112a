#include "services/gateway/identity/sessions.h"

#include <sodium.h>

#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/fields/fields.h"
#include "common/ledger/write.h"
#include "common/names/names.h"
#include "common/status/macros.h"
#include "common/status/views.h"
#include "common/telemetry/log.h"
#include "common/text/text.h"
#include "common/time/civil.h"
#include "google/protobuf/util/time_util.h"
#include "phoihop/gateway/v1/gateway.pb.h"

namespace phoihop::gateway {
namespace {

using google::protobuf::util::TimeUtil;

constexpr int kMinPassword = 12;
constexpr int kMaxPassword = 200;
constexpr int kMaxLogin = 100;
constexpr int kDefaultLifetime = 3600;

google::protobuf::Timestamp ToTimestamp(absl::Time time) {
  return TimeUtil::MicrosecondsToTimestamp(absl::ToUnixMicros(time));
}

absl::Time FromTimestamp(const google::protobuf::Timestamp& timestamp) {
  return absl::FromUnixMicros(TimeUtil::TimestampToMicroseconds(timestamp));
}

// Tokens count whole seconds.
absl::Time WholeSeconds(absl::Time time) {
  return absl::FromUnixSeconds(absl::ToUnixSeconds(time));
}

// A password's length in characters; texts that are not UTF-8 do not get here.
void CheckPassword(Checker& check, const std::string& password, int min) {
  const int length = CharCount(password);
  if (length < min || length > kMaxPassword) {
    check.Add("password", "LENGTH",
              {absl::StrCat("A password has ", min, " to ", kMaxPassword, " characters."),
               absl::StrCat("Mật khẩu dài từ ", min, " đến ", kMaxPassword, " ký tự.")});
  }
}

bool IsLogin(const std::string& login) {
  if (login.size() < 3 || login.size() > kMaxLogin) return false;
  for (const char c : login) {
    if (!absl::ascii_islower(static_cast<unsigned char>(c)) &&
        !absl::ascii_isdigit(static_cast<unsigned char>(c)) &&
        std::string_view(".-_@").find(c) == std::string_view::npos) {
      return false;
    }
  }
  return true;
}

absl::Status WrongLogin() {
  return Unauthenticated(
      "LOGIN_FAILED", {"Login or password is wrong.", "Tên đăng nhập hoặc mật khẩu không đúng."});
}

// What stands for a password in the memory of requests: equal for equal passwords, and of
// no use without the key.
std::string Sealed(const std::string& password, const std::string& key) {
  unsigned char stretched[crypto_generichash_KEYBYTES];
  crypto_generichash(stretched, sizeof(stretched),
                     reinterpret_cast<const unsigned char*>(key.data()), key.size(), nullptr, 0);
  unsigned char digest[crypto_generichash_BYTES];
  crypto_generichash(digest, sizeof(digest),
                     reinterpret_cast<const unsigned char*>(password.data()), password.size(),
                     stretched, sizeof(stretched));
  return absl::Base64Escape(
      absl::string_view(reinterpret_cast<const char*>(digest), sizeof(digest)));
}

}  // namespace

absl::StatusOr<v1::Session> Sessions::CreateSession(const rpc::RequestContext& context,
                                                    const v1::CreateSessionRequest& request) {
  Checker check;
  check.Text("login", request.login(), 1, kMaxLogin);
  CheckPassword(check, request.password(), 1);
  RETURN_IF_ERROR(check.status());
  const std::string login = absl::AsciiStrToLower(absl::StripAsciiWhitespace(request.login()));

  RETURN_IF_ERROR(parts_.guard->Begin(login));
  std::optional<Credential> credential;
  // What is no login is not looked for, but takes as long.
  if (IsLogin(login)) {
    auto found = parts_.store->FindByLogin(login, context.deadline());
    if (!found.ok()) {
      parts_.guard->Abandon(login);
      return found.status();
    }
    credential = *std::move(found);
  }
  const absl::StatusOr<bool> right = parts_.passwords->Verify(
      request.password(), credential.has_value() ? credential->password_hash : "",
      context.deadline());
  if (!right.ok()) {
    parts_.guard->Abandon(login);
    return right.status();
  }
  if (!*right || !credential.has_value()) {
    LogWarning("sign-in failed");
    return WrongLogin();
  }
  parts_.guard->Succeeded(login);

  const absl::Time now = WholeSeconds(context.now());
  access::Claims claims;
  claims.subject = credential->member;
  claims.body = credential->body;
  claims.id = NewId(now);
  claims.issued_at = now;
  claims.expires_at = now + parts_.session_lifetime;
  v1::Session session;
  session.set_member(claims.subject);
  *session.mutable_expire_time() = ToTimestamp(claims.expires_at);
  LogInfo("signed in", {{"member", claims.subject}, {"session", claims.id}});
  ASSIGN_OR_RETURN(*session.mutable_token(), parts_.mint->ForClient(std::move(claims)));
  return session;
}

absl::StatusOr<KnownMember> Sessions::MemberFor(const rpc::RequestContext& context,
                                                const v1::IssueTokenRequest& request) {
  std::string name = request.member();
  if (name.empty()) {
    if (context.caller().kind != access::Caller::kService) {
      return InvalidField("member", "REQUIRED", {"Name the member.", "Hãy nêu tên thành viên."});
    }
    ASSIGN_OR_RETURN(const std::optional<std::string> first,
                     parts_.store->FirstMember(context.deadline()));
    if (!first.has_value()) {
      return Precondition("NO_ADMINISTRATOR",
                          {"No login was set yet.", "Chưa có tài khoản đăng nhập nào."}, "");
    }
    name = *first;
  }
  return parts_.members->Find(context, name);
}

absl::StatusOr<v1::Session> Sessions::IssueToken(const rpc::RequestContext& context,
                                                 const v1::IssueTokenRequest& request) {
  Checker check;
  check.RequestId(request.request_id());
  if (!request.member().empty()) check.Name("member", "members/*", request.member());
  if (request.lifetime_seconds() != 0) {
    check.Count("lifetime_seconds", request.lifetime_seconds(), 60, 43200);
  }
  RETURN_IF_ERROR(check.status());
  ASSIGN_OR_RETURN(const KnownMember member, MemberFor(context, request));
  const absl::Duration lifetime = absl::Seconds(
      request.lifetime_seconds() == 0 ? kDefaultLifetime : request.lifetime_seconds());

  // The token itself is made from the record afterwards, so it is stored nowhere; a repeat
  // gets the same one.
  const std::string token_id = NewId(context.now());
  ASSIGN_OR_RETURN(
      const v1::IssuedTokenRecord record,
      ledger::Write<v1::IssuedTokenRecord>(
          *parts_.writer, context, request, {member.name},
          [&](ledger::Transaction& transaction) -> absl::StatusOr<v1::IssuedTokenRecord> {
            v1::IssuedTokenRecord issued;
            issued.set_member(member.name);
            issued.set_token_id(token_id);
            *issued.mutable_expire_time() = ToTimestamp(WholeSeconds(transaction.now()) + lifetime);
            ledger::Change change;
            change.resource = absl::StrCat("tokens/", token_id);
            change.resource_type = issued.GetTypeName();
            change.revision = 1;
            change.effective = VietnamDay(transaction.now());
            change.payload = ledger::DeterministicBytes(issued);
            transaction.Note(std::move(change));
            return issued;
          }));
  access::Claims claims;
  claims.subject = record.member();
  claims.body = member.body;
  claims.id = record.token_id();
  claims.act = context.caller().name;
  claims.expires_at = FromTimestamp(record.expire_time());
  claims.issued_at = claims.expires_at - lifetime;
  v1::Session session;
  session.set_member(record.member());
  *session.mutable_expire_time() = record.expire_time();
  ASSIGN_OR_RETURN(*session.mutable_token(), parts_.mint->ForClient(std::move(claims)));
  return session;
}

absl::StatusOr<v1::SetCredentialResponse> Sessions::SetCredential(
    const rpc::RequestContext& context, const v1::SetCredentialRequest& request) {
  Checker check;
  check.RequestId(request.request_id());
  check.Name("member", "members/*", request.member());
  if (!IsLogin(request.login())) {
    check.Add("login", "MALFORMED",
              {"A login has 3 to 100 characters of a-z, 0-9 and . - _ @",
               "Tên đăng nhập gồm 3 đến 100 ký tự a-z, 0-9 và . - _ @"});
  }
  CheckPassword(check, request.password(), kMinPassword);
  RETURN_IF_ERROR(check.status());
  ASSIGN_OR_RETURN(const KnownMember member, parts_.members->Find(context, request.member()));
  ASSIGN_OR_RETURN(const std::string hash,
                   parts_.passwords->Hash(request.password(), context.deadline()));

  v1::SetCredentialRequest remembered = request;
  remembered.set_password(Sealed(request.password(), parts_.secret_key));
  const std::string root = absl::StrCat("logins/", request.login());
  return ledger::Write<v1::SetCredentialResponse>(
      *parts_.writer, context, remembered, {root, member.name},
      [&](ledger::Transaction& transaction) -> absl::StatusOr<v1::SetCredentialResponse> {
        Credential credential{member.name, request.login(), member.body, hash};
        RETURN_IF_ERROR(CredentialStore::Save(transaction, credential));
        v1::CredentialRecord record;
        record.set_member(credential.member);
        record.set_login(credential.login);
        ledger::Change change;
        change.resource =
            absl::StrCat("credentials/", member.name.substr(member.name.find('/') + 1));
        change.resource_type = record.GetTypeName();
        change.revision = credential.revision;
        change.effective = VietnamDay(transaction.now());
        change.payload = ledger::DeterministicBytes(record);
        transaction.Note(std::move(change));
        v1::SetCredentialResponse response;
        response.set_member(credential.member);
        response.set_login(credential.login);
        return response;
      });
}

}  // namespace phoihop::gateway
