// Reports on the wire, to and from the domain.
#ifndef PHOIHOP_SERVICES_REPORTING_RPC_CONVERTERS_H_
#define PHOIHOP_SERVICES_REPORTING_RPC_CONVERTERS_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/fields/fields.h"
#include "google/protobuf/repeated_ptr_field.h"
#include "phoihop/reporting/v1/reporting.pb.h"
#include "phoihop/reporting/v1/resources.pb.h"
#include "services/reporting/domain/findings.h"
#include "services/reporting/rpc/compute.h"
#include "services/reporting/store/report_store.h"

namespace phoihop::reporting {

// Reads the typed figures of a request; what is wrong with them goes to `check`, under
// `report.typed_figures[i]`. `levels` are all levels that ever exist.
std::vector<TypedFigure> ReadTypedFigures(
    const google::protobuf::RepeatedPtrField<v1::TypedFigure>& figures,
    absl::Span<const std::string> levels, Checker& check);

v1::TypedFigure ToProto(const TypedFigure& figure);
v1::Finding ToProto(const Finding& finding);
v1::SourcePosition ToProto(const SourcePosition& source);

// The row of the question's own unit.
v1::IndicatorRow TotalRow(const Answer& answer);

// Puts the rows of the units directly below, and the sums by level, into a report.
void AddRowsBelow(const Answer& answer, v1::Report& report);

// A report in its two stored parts, and back. INTERNAL for bytes that are no report.
StoredReport ToStored(const v1::Report& report, std::string id, int64_t unit, DayInterval days,
                      absl::Time create_time);
absl::StatusOr<v1::Report> FromStored(const StoredReport& stored);

// Where a list continues as text inside a page token, and back; "" is the beginning.
// INVALID_ARGUMENT naming page_token for anything else.
std::string FormatCursor(const ReportKey& key);
absl::StatusOr<std::optional<ReportKey>> ParseCursor(std::string_view cursor);

}  // namespace phoihop::reporting

#endif  // PHOIHOP_SERVICES_REPORTING_RPC_CONVERTERS_H_
