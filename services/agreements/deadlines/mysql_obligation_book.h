// Obligations and notices in MariaDB.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_DEADLINES_MYSQL_OBLIGATION_BOOK_H_
#define PHOIHOP_SERVICES_AGREEMENTS_DEADLINES_MYSQL_OBLIGATION_BOOK_H_

#include <memory>

#include "services/agreements/deadlines/obligation_book.h"

namespace phoihop::agreements {

// A book on the tables of migration 0006. Besides the interface:
// - Put leaves an obligation as it is when nothing about it differs, and keeps the pauses that
//   were recorded for it unless it is given others; its due day is then computed anew by the
//   worker that follows the calendar.
// - Whatever is written moves the figures that leaders see, and is told to those who watch.
std::unique_ptr<ObligationBook> NewMysqlObligationBook();

}  // namespace phoihop::agreements

#endif  // PHOIHOP_SERVICES_AGREEMENTS_DEADLINES_MYSQL_OBLIGATION_BOOK_H_
