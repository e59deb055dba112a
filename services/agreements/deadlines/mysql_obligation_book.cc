#include "services/agreements/deadlines/mysql_obligation_book.h"

#include <map>
#include <utility>

#include "common/ledger/command.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "services/agreements/deadlines/obligation_rows.h"

namespace phoihop::agreements {
namespace {

// Whether both get their due day in the same way.
bool SameRule(const Obligation& a, const Obligation& b) {
  return a.rhythm == b.rhythm && a.working_days == b.working_days && a.fixed_day == b.fixed_day &&
         a.basis == b.basis && a.due.period == b.due.period;
}

// Whether putting `given` in place of `stored` would change anything.
bool Same(const Obligation& a, const Obligation& b) {
  return a.kind == b.kind && a.resource == b.resource && a.agreement == b.agreement &&
         a.unit == b.unit && a.body == b.body && a.area == b.area && a.title == b.title &&
         SameRule(a, b) && a.due == b.due && a.due.not_before == b.due.not_before &&
         a.calendar_revision == b.calendar_revision && a.pauses == b.pauses;
}

// `stored` as it becomes when its owner puts `given`.
StoredObligation Replaced(const StoredObligation& stored, Obligation given) {
  StoredObligation after = stored;
  const Obligation& old = stored.obligation;
  if (!given.due.not_before.has_value() && given.due.period == old.due.period) {
    given.due.not_before = old.due.not_before;
  }
  if (given.pauses.empty() && !stored.obligation.pauses.empty()) {
    given.pauses = stored.obligation.pauses;
    KeepFixedDay(given);
    if (SameRule(given, old)) {
      // The same rule: the due day with its pauses stands.
      given.due = old.due;
      given.calendar_revision = old.calendar_revision;
    } else {
      // Another rule: to be computed with the pauses.
      given.calendar_revision = kOtherRule;
    }
  }
  given.state = ObligationState::kOpen;
  given.done_day.reset();
  if (given.due.day != stored.obligation.due.day) after.previous_due = stored.obligation.due.day;
  if (given.pauses != stored.obligation.pauses) after.pause_reasons.clear();
  after.obligation = std::move(given);
  return after;
}

class MysqlObligationBook : public ObligationBook {
 public:
  absl::Status Put(ledger::Transaction& tx, const std::vector<Obligation>& obligations) override {
    // Of several with one key the last counts.
    std::map<std::string, const Obligation*> given;
    std::vector<std::string> keys;
    for (const Obligation& obligation : obligations) {
      if (given.insert_or_assign(obligation.key, &obligation).second) {
        keys.push_back(obligation.key);
      }
    }
    ASSIGN_OR_RETURN(const std::vector<StoredObligation> known,
                     LockObligations(tx.db(), "obligation_key", std::move(keys)));
    for (const StoredObligation& before : known) {
      const auto found = given.extract(before.obligation.key);
      if (before.obligation.state != ObligationState::kOpen || found.empty()) continue;
      StoredObligation after = Replaced(before, *found.mapped());
      if (Same(before.obligation, after.obligation)) continue;
      RETURN_IF_ERROR(UpdateObligation(tx, before, after));
    }
    std::vector<StoredObligation> added;
    // In the order in which they were given, which is that of their due days.
    for (const Obligation& obligation : obligations) {
      const auto found = given.find(obligation.key);
      if (found == given.end() || found->second != &obligation) continue;
      StoredObligation& stored = added.emplace_back();
      stored.obligation = obligation;
      stored.obligation.state = ObligationState::kOpen;
      stored.obligation.done_day.reset();
    }
    return InsertObligations(tx, added);
  }

  absl::StatusOr<std::optional<Obligation>> Lock(ledger::Transaction& tx,
                                                 const std::string& key) override {
    ASSIGN_OR_RETURN(std::vector<StoredObligation> found,
                     LockObligations(tx.db(), "obligation_key", {key}));
    if (found.empty()) return std::optional<Obligation>();
    return std::optional<Obligation>(std::move(found.front().obligation));
  }

  absl::StatusOr<std::vector<Obligation>> OfResource(ledger::Transaction& tx,
                                                     const std::string& resource) override {
    ASSIGN_OR_RETURN(
        std::vector<StoredObligation> found,
        SelectObligations(tx.db(), "WHERE o.resource = ? ORDER BY o.due_day, o.id", {resource}));
    std::vector<Obligation> result;
    for (StoredObligation& stored : found) result.push_back(std::move(stored.obligation));
    return result;
  }

  absl::StatusOr<Obligation> Close(ledger::Transaction& tx, const std::string& key,
                                   absl::CivilDay day) override {
    ASSIGN_OR_RETURN(const StoredObligation before, Require(tx, key));
    if (before.obligation.state != ObligationState::kOpen) return before.obligation;
    StoredObligation after = before;
    after.obligation.state = ObligationState::kDone;
    after.obligation.done_day = day;
    RETURN_IF_ERROR(UpdateObligation(tx, before, after));
    return std::move(after.obligation);
  }

  absl::Status Reopen(ledger::Transaction& tx, const std::string& key) override {
    ASSIGN_OR_RETURN(const StoredObligation before, Require(tx, key));
    if (before.obligation.state != ObligationState::kDone) return absl::OkStatus();
    StoredObligation after = before;
    after.obligation.state = ObligationState::kOpen;
    after.obligation.done_day.reset();
    return UpdateObligation(tx, before, after);
  }

  absl::Status WithdrawResource(ledger::Transaction& tx, const std::string& resource) override {
    return Withdraw(tx, "WHERE o.resource = ? AND o.state = ? ORDER BY o.id FOR UPDATE", resource);
  }

  absl::Status WithdrawAgreement(ledger::Transaction& tx, const std::string& agreement) override {
    return Withdraw(tx, "WHERE o.agreement_id = ? AND o.state = ? ORDER BY o.id FOR UPDATE",
                    agreement);
  }

  absl::Status EndAgreement(ledger::Transaction& tx, const std::string& agreement,
                            absl::CivilDay from) override {
    ASSIGN_OR_RETURN(
        const std::vector<StoredObligation> open,
        SelectObligations(tx.db(),
                          "WHERE o.agreement_id = ? AND o.state = ? AND (o.kind IN (?, ?, ?) OR "
                          "(o.due_day >= ? AND o.kind <> ?)) ORDER BY o.id FOR UPDATE",
                          {agreement, static_cast<int64_t>(ObligationState::kOpen),
                           static_cast<int64_t>(ObligationKind::kApprove),
                           static_cast<int64_t>(ObligationKind::kSign),
                           static_cast<int64_t>(ObligationKind::kComment), from,
                           static_cast<int64_t>(ObligationKind::kConfirm)}));
    return WithdrawObligations(tx, open);
  }

  absl::Status WithdrawAfter(ledger::Transaction& tx, const std::string& agreement,
                             absl::CivilDay last) override {
    ASSIGN_OR_RETURN(const std::vector<StoredObligation> open,
                     SelectObligations(tx.db(),
                                       "WHERE o.agreement_id = ? AND o.state = ? AND o.due_day > ? "
                                       "AND o.kind NOT IN (?, ?, ?, ?) ORDER BY o.id FOR UPDATE",
                                       {agreement, static_cast<int64_t>(ObligationState::kOpen),
                                        last, static_cast<int64_t>(ObligationKind::kComment),
                                        static_cast<int64_t>(ObligationKind::kSign),
                                        static_cast<int64_t>(ObligationKind::kApprove),
                                        static_cast<int64_t>(ObligationKind::kConfirm)}));
    return WithdrawObligations(tx, open);
  }

  absl::Status Tell(ledger::Transaction& tx, const std::vector<Notice>& notices) override {
    for (const Notice& notice : notices) RETURN_IF_ERROR(GatherNotice(tx, notice));
    return absl::OkStatus();
  }

 private:
  static absl::StatusOr<StoredObligation> Require(ledger::Transaction& tx, const std::string& key) {
    ASSIGN_OR_RETURN(std::vector<StoredObligation> found,
                     LockObligations(tx.db(), "obligation_key", {key}));
    if (found.empty()) return NotFound(kObligationType, key);
    return std::move(found.front());
  }

  static absl::Status Withdraw(ledger::Transaction& tx, std::string_view where,
                               const std::string& value) {
    ASSIGN_OR_RETURN(
        const std::vector<StoredObligation> open,
        SelectObligations(tx.db(), where, {value, static_cast<int64_t>(ObligationState::kOpen)}));
    return WithdrawObligations(tx, open);
  }
};

}  // namespace

std::unique_ptr<ObligationBook> NewMysqlObligationBook() {
  return std::make_unique<MysqlObligationBook>();
}

}  // namespace phoihop::agreements
