#include "services/agreements/deadlines/runner.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/status/macros.h"
#include "common/telemetry/log.h"
#include "common/telemetry/metrics.h"
#include "common/time/civil.h"
#include "services/agreements/deadlines/escalation.h"
#include "services/agreements/deadlines/runner_notices.h"
#include "services/agreements/due/converters.h"

namespace phoihop::agreements {
namespace {

// How long one read or write may take, in the machine's own time.
constexpr absl::Duration kLimit = absl::Seconds(30);

Counter& Fired() {
  static Counter counter = GetCounter("phoihop_agreements_escalations_total",
                                      "Steps of escalation that somebody was told of.");
  return counter;
}
Counter& Moved() {
  static Counter counter =
      GetCounter("phoihop_agreements_due_moves_total", "Due days that another calendar moved.");
  return counter;
}

}  // namespace

Runner::~Runner() { Stop(); }

void Runner::Start() {
  thread_ = std::thread([this] { Loop(); });
}

void Runner::Stop() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  if (thread_.joinable()) thread_.join();
}

bool Runner::stopping() {
  absl::MutexLock lock(&mutex_);
  return stopping_;
}

void Runner::Loop() {
  std::string last_error;
  while (!stopping()) {
    const absl::StatusOr<Round> round = RunOnce();
    const std::string error(round.status().message());
    // An error that lasts, such as a directory that cannot be reached, is told once.
    if (error != last_error && !round.ok()) {
      LogWarning("deadlines could not be looked after", {{"error", error}});
    }
    last_error = error;
    if (round.ok() && (round->moved > 0 || round->fired > 0)) {
      LogInfo("deadlines were looked after", {{"moved", round->moved}, {"fired", round->fired}});
    }
    absl::MutexLock lock(&mutex_);
    mutex_.AwaitWithTimeout(absl::Condition(&stopping_), options_.interval);
  }
}

absl::StatusOr<Runner::Round> Runner::RunOnce() {
  Round round;
  if (options_.lease != nullptr) {
    const std::optional<lease::Fence> fence = options_.lease->fence();
    if (!fence.has_value()) {
      round.left_to_another = true;
      return round;
    }
    fence_ = *fence;
  }
  const absl::CivilDay today = VietnamDay(options_.clock->Now());
  RETURN_IF_ERROR(Repeat([&]() -> absl::StatusOr<int> {
                    ASSIGN_OR_RETURN(const int rolled, Roll(today));
                    round.rolled += rolled;
                    return rolled;
                  }).status());
  RETURN_IF_ERROR(Repeat([&]() -> absl::StatusOr<int> {
                    ASSIGN_OR_RETURN(const int passed, TellPassed(today));
                    round.passed += passed;
                    return passed;
                  }).status());
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, options_.snapshots->Get());
  RETURN_IF_ERROR(FollowCalendar(*snapshot.calendar));
  ASSIGN_OR_RETURN(const bool moved, Repeat([&] { return Move(snapshot, today, round); }));
  // Nobody is warned of a day that is about to move.
  for (int handled = 0; moved && handled < static_cast<int>(EscalationSteps().size()); ++handled) {
    RETURN_IF_ERROR(Repeat([&] { return Escalate(snapshot, handled, today, round); }).status());
  }
  if (cleaned_up_ != today) {
    RETURN_IF_ERROR(CleanUp(today));
    cleaned_up_ = today;
  }
  ASSIGN_OR_RETURN(const RunnerStore::Totals totals,
                   options_.store->ReadTotals(absl::Now() + kLimit));
  static Gauge open = GetGauge("phoihop_agreements_obligations_open", "Obligations that are open.");
  static Gauge overdue =
      GetGauge("phoihop_agreements_obligations_overdue", "Open obligations that are overdue.");
  open.Set(static_cast<double>(totals.open));
  overdue.Set(static_cast<double>(totals.overdue));
  return round;
}

absl::StatusOr<bool> Runner::Repeat(const std::function<absl::StatusOr<int>()>& batch) {
  for (int i = 0; i < options_.max_batches && !stopping(); ++i) {
    ASSIGN_OR_RETURN(const int done, batch());
    if (done == 0) return true;
  }
  return false;
}

absl::Status Runner::Commit(const std::string& what, const Body& body) {
  ledger::Command command;
  // One after the other in a process; between processes the rows' locks decide.
  command.roots = {"obligations/-"};
  command.method = absl::StrCat("phoihop.agreements.v1.DueService/", what);
  command.actor.name = "services/agreements";
  command.run = [&](ledger::Transaction& tx) -> absl::StatusOr<std::string> {
    // Who was frozen since the round began finds here that another one works.
    RETURN_IF_ERROR(fence_.Check(tx.db()));
    RETURN_IF_ERROR(body(tx));
    return std::string();
  };
  command.deadline = absl::Now() + kLimit;
  return options_.writer->Commit(std::move(command)).status();
}

absl::StatusOr<int> Runner::Move(const access::Snapshot& snapshot, absl::CivilDay today,
                                 Round& round) {
  const WorkCalendar& calendar = *snapshot.calendar;
  ASSIGN_OR_RETURN(
      const std::vector<std::string> ids,
      options_.store->OlderThan(calendar.revision(), options_.batch, absl::Now() + kLimit));
  if (ids.empty()) return 0;
  int moved = 0;
  RETURN_IF_ERROR(Commit("MoveDueDays", [&](ledger::Transaction& tx) -> absl::Status {
    moved = 0;
    ASSIGN_OR_RETURN(const std::vector<StoredObligation> locked, RunnerStore::Lock(tx, ids));
    std::vector<std::string> unmoved;
    std::vector<StoredObligation> moves;
    for (const StoredObligation& before : locked) {
      // Somebody else was here, or it was met meanwhile.
      if (before.obligation.state != ObligationState::kOpen ||
          before.obligation.calendar_revision >= calendar.revision()) {
        continue;
      }
      StoredObligation after = before;
      after.obligation.due = Recompute(before.obligation, calendar);
      after.obligation.calendar_revision = calendar.revision();
      if (after.obligation.due == before.obligation.due) {
        unmoved.push_back(before.id);
        continue;
      }
      const bool moves_day = after.obligation.due.day != before.obligation.due.day;
      if (moves_day) after.previous_due = before.obligation.due.day;
      RETURN_IF_ERROR(RunnerStore::Save(tx, before, after));
      // Also when the way to the day alone has changed: its revision has ascended.
      tx.Note(ChangeOf(after, today));
      if (!moves_day) continue;
      ++moved;
      RETURN_IF_ERROR(RunnerStore::Tell(tx, MovedNotice(before, after)));
      moves.push_back(std::move(after));
    }
    RETURN_IF_ERROR(RunnerStore::Confirm(tx, unmoved, calendar.revision()));
    if (options_.on_moved == nullptr || moves.empty()) return absl::OkStatus();
    return options_.on_moved(tx, moves);
  }));
  round.moved += moved;
  Moved().Increment(moved);
  return static_cast<int>(ids.size());
}

absl::StatusOr<int> Runner::Escalate(const access::Snapshot& snapshot, int handled,
                                     absl::CivilDay today, Round& round) {
  const WorkCalendar& calendar = *snapshot.calendar;
  const EscalationStep& next = EscalationSteps()[handled];
  ASSIGN_OR_RETURN(const std::vector<std::string> ids,
                   options_.store->AtStep(handled, LatestDueDay(next, today, calendar),
                                          options_.batch, absl::Now() + kLimit));
  if (ids.empty()) return 0;
  int fired = 0;
  int brought_on = 0;
  RETURN_IF_ERROR(Commit("Escalate", [&](ledger::Transaction& tx) -> absl::Status {
    fired = 0;
    brought_on = 0;
    ASSIGN_OR_RETURN(const std::vector<StoredObligation> locked, RunnerStore::Lock(tx, ids));
    std::vector<RunnerStore::Step> steps;
    for (const StoredObligation& before : locked) {
      if (before.obligation.state != ObligationState::kOpen) continue;
      // Written meanwhile, by an older calendar or with pauses to be counted: moved first.
      if (before.obligation.calendar_revision < calendar.revision()) continue;
      ++brought_on;
      const absl::CivilDay due = before.obligation.due.day;
      const StepsToTake take = StepsDue(due, before.escalated, today, calendar);
      if (take.handled == before.escalated) continue;
      StoredObligation after = before;
      after.escalated = take.handled;
      RETURN_IF_ERROR(RunnerStore::Save(tx, before, after));
      for (const EscalationStep& step : take.fire) {
        steps.push_back({before.id, step.number, due});
        std::string body_name;
        if (step.target != EscalationStep::Target::kBody) {
          ASSIGN_OR_RETURN(body_name, RunnerStore::PartyName(tx, before.obligation));
        }
        const std::optional<Notice> notice =
            StepNotice(after, step, body_name, today, calendar, *snapshot.tree);
        if (!notice.has_value()) continue;
        ++fired;
        RETURN_IF_ERROR(RunnerStore::Tell(tx, *notice));
      }
      tx.Note(ChangeOf(after, today));
    }
    return RunnerStore::AddSteps(tx, steps);
  }));
  round.fired += fired;
  Fired().Increment(fired);
  return brought_on;
}

}  // namespace phoihop::agreements
