// The working days of 2024 to 2027 for tests: the four Tết, and the days swapped.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_DEADLINES_TESTING_CALENDAR_H_
#define PHOIHOP_SERVICES_AGREEMENTS_DEADLINES_TESTING_CALENDAR_H_

#include <string>
#include <utility>
#include <vector>

#include "common/time/civil.h"
#include "common/time/work_calendar.h"

namespace phoihop::agreements {

// Revision 4.
inline WorkCalendar VietnamCalendar() {
  struct Stretch {
    const char* name;
    const char* first;
    const char* last;
  };
  const auto table = [](int year, const std::vector<Stretch>& stretches,
                        const std::vector<const char*>& worked) {
    CalendarYear result{year, "", {}, {}};
    for (const Stretch& stretch : stretches) {
      for (absl::CivilDay day = *ParseDay(stretch.first); day <= *ParseDay(stretch.last); ++day) {
        result.holidays.push_back({day, stretch.name});
      }
    }
    for (const char* day : worked) result.worked_days.push_back(*ParseDay(day));
    return result;
  };
  constexpr char kNewYear[] = "Tết Dương lịch";
  constexpr char kTet[] = "Tết Nguyên đán";
  constexpr char kHungKings[] = "Giỗ Tổ Hùng Vương";
  constexpr char kVictory[] = "Chiến thắng";
  constexpr char kLabour[] = "Quốc tế Lao động";
  constexpr char kNational[] = "Quốc khánh";
  constexpr char kSwapped[] = "Hoán đổi ngày làm việc";
  return {{table(2024,
                 {{kNewYear, "2024-01-01", "2024-01-01"},
                  {kTet, "2024-02-08", "2024-02-14"},
                  {kHungKings, "2024-04-18", "2024-04-18"},
                  {kSwapped, "2024-04-29", "2024-04-29"},
                  {kVictory, "2024-04-30", "2024-04-30"},
                  {kLabour, "2024-05-01", "2024-05-01"},
                  {kNational, "2024-09-02", "2024-09-03"}},
                 {"2024-05-04"}),
           table(2025,
                 {{kNewYear, "2025-01-01", "2025-01-01"},
                  {kTet, "2025-01-27", "2025-01-31"},
                  {kHungKings, "2025-04-07", "2025-04-07"},
                  {kVictory, "2025-04-30", "2025-04-30"},
                  {kLabour, "2025-05-01", "2025-05-01"},
                  {kSwapped, "2025-05-02", "2025-05-02"},
                  {kNational, "2025-09-01", "2025-09-02"}},
                 {"2025-04-26"}),
           table(2026,
                 {{kNewYear, "2026-01-01", "2026-01-01"},
                  {kSwapped, "2026-01-02", "2026-01-02"},
                  {kTet, "2026-02-16", "2026-02-20"},
                  {kHungKings, "2026-04-27", "2026-04-27"},
                  {kVictory, "2026-04-30", "2026-04-30"},
                  {kLabour, "2026-05-01", "2026-05-01"},
                  {kSwapped, "2026-08-31", "2026-08-31"},
                  {kNational, "2026-09-01", "2026-09-02"}},
                 {"2026-01-10", "2026-08-22"}),
           table(2027,
                 {{kNewYear, "2027-01-01", "2027-01-01"},
                  {kTet, "2027-02-05", "2027-02-10"},
                  {kHungKings, "2027-04-16", "2027-04-16"},
                  {kVictory, "2027-04-30", "2027-04-30"},
                  {kLabour, "2027-05-03", "2027-05-03"},
                  {kNational, "2027-09-02", "2027-09-03"}},
                 {})},
          4};
}

}  // namespace phoihop::agreements

#endif  // PHOIHOP_SERVICES_AGREEMENTS_DEADLINES_TESTING_CALENDAR_H_
