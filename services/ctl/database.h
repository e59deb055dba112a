// The database itself, for what is done while no service runs (a restore).
#ifndef PHOIHOP_SERVICES_CTL_DATABASE_H_
#define PHOIHOP_SERVICES_CTL_DATABASE_H_

#include <string>

#include "common/mysql/pool.h"

namespace phoihop::ctl {

// Whether --mysql_socket is given.
bool HasDatabase();

// A service's database at --mysql_socket, as --mysql_user, whom the server knows by the socket.
mysql::ConnectionOptions DatabaseOf(const std::string& service);

}  // namespace phoihop::ctl

#endif  // PHOIHOP_SERVICES_CTL_DATABASE_H_
