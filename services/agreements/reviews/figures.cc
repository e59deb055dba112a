#include "services/agreements/reviews/figures.h"

namespace phoihop::agreements::reviews {

std::vector<Figure> FiguresOf(absl::Span<const LevelCoverage> coverage, const PartyRecords& records,
                              const RecordCounts& counts) {
  std::vector<Figure> figures;
  const auto add = [&](FigureKind kind, int64_t numerator, std::optional<int64_t> denominator) {
    figures.push_back({kind, "", numerator, denominator});
  };
  for (const LevelCoverage& level : coverage) {
    figures.push_back(
        {FigureKind::kCoverage, level.level, level.signed_count, level.expected_count});
  }
  CommitmentCount commitments;
  for (const CommitmentCount& count : records.commitments) {
    commitments.due += count.due;
    commitments.kept += count.kept;
    commitments.on_time += count.on_time;
  }
  add(FigureKind::kCommitmentsKept, commitments.kept, commitments.due);
  add(FigureKind::kCommitmentsOnTime, commitments.on_time, commitments.due);
  DeliveryCount deliveries;
  for (const DeliveryCount& count : records.deliveries) {
    deliveries.due += count.due;
    deliveries.delivered += count.delivered;
    deliveries.on_time += count.on_time;
  }
  add(FigureKind::kDeliveriesMade, deliveries.delivered, deliveries.due);
  add(FigureKind::kDeliveriesOnTime, deliveries.on_time, deliveries.due);
  RequestCount requests;
  for (const RequestCount& count : records.requests) {
    requests.asked += count.asked;
    requests.answered += count.answered;
    requests.refused += count.refused;
    requests.on_time += count.on_time;
  }
  add(FigureKind::kRequestsAnswered, requests.answered, requests.asked);
  add(FigureKind::kRequestsRefused, requests.refused, requests.asked);
  add(FigureKind::kRequestsOnTime, requests.on_time, requests.asked);
  add(FigureKind::kDisseminationSessions, counts.sessions, std::nullopt);
  add(FigureKind::kDisseminationAttendances, counts.attendances, std::nullopt);
  add(FigureKind::kVisits, counts.visits, std::nullopt);
  return figures;
}

}  // namespace phoihop::agreements::reviews
