#include "services/agreements/rpc/testing_service.h"

#include "common/access/authority.h"
#include "common/status/errors.h"
#include "common/telemetry/log.h"
#include "common/testing/service_database.h"
#include "common/testing/status_matchers.h"
#include "migrations/agreements_store.h"
#include "services/agreements/store/mysql_agreement_store.h"

namespace phoihop::agreements {

using ::phoihop::testing::IsOk;

absl::StatusOr<Bodies> FakeBodies::Find(const std::vector<std::string>& ids, absl::Time) const {
  ++calls;
  if (!reachable) return Unavailable("DIRECTORY_UNAVAILABLE", {"down", "ngừng"});
  Bodies found;
  for (const std::string& id : ids) {
    const auto it = known.find(id);
    found[id] = it == known.end() ? std::nullopt : it->second;
  }
  return found;
}

absl::Status FakeObligations::Put(ledger::Transaction&,
                                  const std::vector<Obligation>& obligations) {
  const absl::MutexLock lock(&mutex_);
  for (const Obligation& owed : obligations) {
    const auto known = all_.find(owed.key);
    if (known == all_.end() || known->second.state == ObligationState::kOpen) {
      all_[owed.key] = owed;
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::optional<Obligation>> FakeObligations::Lock(ledger::Transaction&,
                                                                const std::string& key) {
  const absl::MutexLock lock(&mutex_);
  const auto known = all_.find(key);
  if (known == all_.end()) return std::optional<Obligation>();
  return std::optional<Obligation>(known->second);
}

absl::StatusOr<std::vector<Obligation>> FakeObligations::OfResource(ledger::Transaction&,
                                                                    const std::string& resource) {
  const absl::MutexLock lock(&mutex_);
  std::vector<Obligation> found;
  for (const auto& [key, owed] : all_) {
    if (owed.resource == resource) found.push_back(owed);
  }
  return found;
}

absl::StatusOr<Obligation> FakeObligations::Close(ledger::Transaction&, const std::string& key,
                                                  absl::CivilDay day) {
  const absl::MutexLock lock(&mutex_);
  const auto known = all_.find(key);
  if (known == all_.end()) return NotFound("Obligation", key);
  if (known->second.state == ObligationState::kOpen) {
    known->second.state = ObligationState::kDone;
    known->second.done_day = day;
  }
  return known->second;
}

absl::Status FakeObligations::Reopen(ledger::Transaction&, const std::string& key) {
  const absl::MutexLock lock(&mutex_);
  all_.at(key).state = ObligationState::kOpen;
  return absl::OkStatus();
}

absl::Status FakeObligations::WithdrawResource(ledger::Transaction&, const std::string& resource) {
  const absl::MutexLock lock(&mutex_);
  for (auto& [key, owed] : all_) {
    if (owed.resource == resource && owed.state == ObligationState::kOpen) {
      owed.state = ObligationState::kWithdrawn;
    }
  }
  return absl::OkStatus();
}

absl::Status FakeObligations::WithdrawAgreement(ledger::Transaction&,
                                                const std::string& agreement) {
  const absl::MutexLock lock(&mutex_);
  for (auto& [key, owed] : all_) {
    if (owed.agreement == agreement && owed.state == ObligationState::kOpen) {
      owed.state = ObligationState::kWithdrawn;
    }
  }
  return absl::OkStatus();
}

absl::Status FakeObligations::WithdrawAfter(ledger::Transaction&, const std::string& agreement,
                                            absl::CivilDay last) {
  const absl::MutexLock lock(&mutex_);
  for (auto& [key, owed] : all_) {
    if (owed.agreement == agreement && owed.state == ObligationState::kOpen &&
        owed.due.day > last && owed.kind != ObligationKind::kSign) {
      owed.state = ObligationState::kWithdrawn;
    }
  }
  return absl::OkStatus();
}

absl::Status FakeObligations::Tell(ledger::Transaction&, const std::vector<Notice>& notices) {
  const absl::MutexLock lock(&mutex_);
  for (const Notice& notice : notices) notices_.push_back(notice);
  return absl::OkStatus();
}

std::vector<std::string> FakeObligations::Summary() const {
  std::vector<std::string> lines;
  for (const auto& [key, owed] : all()) {
    lines.push_back(absl::StrCat(owed.kind == ObligationKind::kSign ? "SIGN " : "COMMENT ",
                                 owed.body,
                                 owed.state == ObligationState::kOpen        ? " open"
                                 : owed.state == ObligationState::kWithdrawn ? " withdrawn"
                                                                             : " done"));
  }
  return lines;
}

std::vector<std::string> FakeObligations::Told() const {
  const absl::MutexLock lock(&mutex_);
  std::vector<std::string> lines;
  for (const Notice& notice : notices_) {
    lines.push_back(absl::StrCat(notice.kind, " ", notice.body));
  }
  return lines;
}

std::map<std::string, Obligation> FakeObligations::all() const {
  const absl::MutexLock lock(&mutex_);
  return all_;
}

absl::StatusOr<bool> FakeAttachments::Holds(ledger::Transaction&, std::string_view sha256,
                                            int64_t) {
  return sha256 == kTestScan || known.contains(sha256);
}

absl::StatusOr<std::string> FakeAttachments::MediaType(ledger::Transaction&, std::string_view,
                                                       int64_t) {
  return media_type;
}

absl::Status FakeAttachments::SetLinks(ledger::Transaction&, const AttachmentReference&,
                                       absl::Span<const std::string> digests,
                                       std::string_view field) {
  for (size_t i = 0; i < digests.size(); ++i) {
    if (digests[i] == kTestScan || known.contains(digests[i])) continue;
    return InvalidField(absl::StrCat(std::string(field), "[", i, "]"), "ATTACHMENT_UNKNOWN",
                        {"unknown", "không có"});
  }
  return absl::OkStatus();
}

absl::StatusOr<VerifiedSignature> FakeVerifier::Verify(std::string_view text,
                                                       std::string_view cms_der,
                                                       absl::Time at) const {
  char certificate = 'c';
  std::string other(cms_der);
  if (other.starts_with("good/") && other.size() > 6) {
    certificate = other[5];
    other.erase(4, 2);
  }
  if (other != absl::StrCat("good:", std::string(text))) {
    return InvalidField("cms", "SIGNATURE_OTHER_TEXT", {"other text", "văn bản khác"});
  }
  return VerifiedSignature{.signer_subject = "CN=Nguyễn Văn Ử",
                           .issuer = "CN=CA",
                           .serial = "0A",
                           .signing_time = at - absl::Minutes(1),
                           .chain = {"CN=Nguyễn Văn Ử", "CN=CA"},
                           .certificate_sha256 = std::string(64, certificate),
                           .revocation_checked = true};
}

void ServiceTest::SetUp() {
  InitLogging("agreements_test", LogLevel::kError);
  const std::shared_ptr<const access::UnitTree> tree = access::TestTree();
  for (const int64_t unit : tree->ids()) {
    for (const char* body : {"party", "council", "court"}) {
      bodies_.known[BodyAt(body, unit)] = BodyFacts{unit, {}, {}, absl::StrCat("Tên ", body)};
    }
  }
  bodies_.known["late"] = BodyFacts{access::kOldCanTho, absl::CivilDay(2021, 1, 1), std::nullopt};
  bodies_.known["ended"] = BodyFacts{access::kOldCanTho, std::nullopt, absl::CivilDay(2020, 1, 1)};

  auto database = testing::NewServiceDatabase(migrations::agreements_store());
  ASSERT_THAT(database, IsOk());
  pool_ = std::move(database->pool);
  store_ = NewMysqlAgreementStore(pool_.get());
  comments_ = NewMysqlCommentStore(pool_.get());
  auto writer = testing::StartWriter(database->connection, "agreements", clock_);
  ASSERT_THAT(writer, IsOk());
  writer_ = *std::move(writer);

  snapshots_ = std::make_unique<access::StaticSnapshot>(
      tree, std::vector<access::Grant>{
                {"g1", "members/city", "leader", "", access::kOldCanTho},
                {"g2", "members/newcity", "leader", "", access::kNewCanTho},
                {"g3", "members/district", "leader", "", access::kNinhKieu},
                {"g4", "members/other", "leader", "", access::kBinhThuy},
                {"g5", "members/council", "leader", "bodies/council", access::kOldCanTho},
                {"g6", "members/officer", "officer", "", access::kOldCanTho},
                {"g7", "members/commune", "viewer", "", access::kCaiKhe},
                {"g8", "members/moved", "viewer", "", access::kMoved},
                {"g9", "members/country", "leader", "", access::kCountryUnit},
            });
  parts_ = {store_.get(),    writer_.get(), snapshots_.get(), &bodies_,  &page_tokens_,
            comments_.get(), &obligations_, &attachments_,    &verifier_};
  Configure(parts_);
  rpc::ServerOptions server_options;
  server_options.clock = &clock_;
  server_options.workers = 8;
  server_ = std::make_unique<testing::TestServer>(
      [&](rpc::Server::Builder& builder) {
        builder.set_permission_checker(
            std::make_shared<access::SnapshotPermissions>(snapshots_.get()));
        AddHandlers(parts_, builder);
      },
      server_options);
  ASSERT_NE(server_->channel(), nullptr);
  stub_ = v1::AgreementsService::NewStub(server_->channel());
}

std::string ServiceTest::BodyAt(const std::string& body, int64_t unit) {
  return unit == access::kOldCanTho ? body : absl::StrCat(body, "-", unit);
}

v1::CreateAgreementRequest ServiceTest::GoodRequest(int64_t unit, const std::string& parent) {
  v1::CreateAgreementRequest request;
  v1::Agreement& agreement = *request.mutable_agreement();
  agreement.set_title("Chương trình phối hợp công tác nắm bắt dư luận xã hội");
  agreement.set_unit(absl::StrCat("units/", unit));
  agreement.add_parties()->set_body(absl::StrCat("bodies/", BodyAt("party", unit)));
  agreement.add_parties()->set_body(absl::StrCat("bodies/", BodyAt("council", unit)));
  agreement.set_term_start("2020-09-30");
  agreement.set_term_end("2025-12-31");
  agreement.set_parent(parent);
  return request;
}

v1::Agreement ServiceTest::Create(const v1::CreateAgreementRequest& request,
                                  const std::string& caller) {
  const auto created = Call(&Stub::CreateAgreement, request, caller);
  EXPECT_THAT(created, IsOk());
  return created.value_or(v1::Agreement());
}

v1::Agreement ServiceTest::Start(const std::string& name, const std::string& caller) {
  v1::StartSigningRequest request;
  request.set_name(name);
  const auto started = Call(&Stub::StartSigning, request, caller);
  EXPECT_THAT(started, IsOk());
  return started.value_or(v1::Agreement());
}

v1::SignAgreementRequest ServiceTest::SignRequest(const std::string& name, const std::string& body,
                                                  const std::string& day) {
  v1::SignAgreementRequest request;
  request.set_name(name);
  request.set_party(absl::StrCat("bodies/", body));
  const absl::StatusOr<v1::Agreement> now = Get(name, "members/country");
  request.set_text_sha256(now.ok() && !now->text_sha256().empty() ? now->text_sha256()
                                                                  : std::string(64, '0'));
  if (!day.empty()) {
    request.set_kind(v1::Agreement::PAPER);
    request.set_sign_date(day);
    request.set_scan(absl::StrCat("attachments/", kTestScan));
  }
  request.set_signer_name("Nguyễn Văn Ử");
  request.set_signer_title("KT. Chủ tịch, Phó Chủ tịch");
  return request;
}

absl::StatusOr<v1::Agreement> ServiceTest::Sign(const std::string& name, const std::string& body,
                                                const std::string& day, const std::string& caller) {
  return Call(&Stub::SignAgreement, SignRequest(name, body, day), caller);
}

v1::Agreement ServiceTest::InForce(const v1::CreateAgreementRequest& request,
                                   const std::string& day) {
  const v1::Agreement draft = Create(request);
  Start(draft.name());
  absl::StatusOr<v1::Agreement> last = draft;
  for (const v1::Agreement::Party& party : draft.parties()) {
    last = Sign(draft.name(), party.body().substr(party.body().find('/') + 1), day);
    EXPECT_THAT(last, IsOk());
  }
  return last.value_or(v1::Agreement());
}

absl::StatusOr<v1::Agreement> ServiceTest::Get(const std::string& name, const std::string& caller) {
  v1::GetAgreementRequest request;
  request.set_name(name);
  return Call(&Stub::GetAgreement, request, caller);
}

std::vector<std::string> ServiceTest::Listed(
    const std::function<void(v1::ListAgreementsRequest&)>& asked) {
  v1::ListAgreementsRequest request;
  request.set_unit(absl::StrCat("units/", access::kOldCanTho));
  asked(request);
  const auto page = Call(&Stub::ListAgreements, request);
  EXPECT_THAT(page, IsOk());
  std::vector<std::string> names;
  for (const v1::Agreement& agreement : page->agreements()) names.push_back(agreement.name());
  return names;
}

}  // namespace phoihop::agreements
