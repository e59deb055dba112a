// What a Connection consists of. Private to common/mysql.
#ifndef PHOIHOP_COMMON_MYSQL_CONNECTION_IMPL_H_
#define PHOIHOP_COMMON_MYSQL_CONNECTION_IMPL_H_

#include <cppconn/connection.h>
#include <cppconn/datatype.h>
#include <cppconn/exception.h>
#include <cppconn/prepared_statement.h>
#include <cppconn/statement.h>

#include <algorithm>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <variant>

#include "absl/strings/str_format.h"
#include "absl/time/time.h"
#include "common/mysql/connection.h"
#include "common/mysql/interrupt.h"

namespace phoihop::mysql {

inline sql::SQLString Sql(std::string_view text) {
  return sql::SQLString(text.data(), text.size());
}

// A DATETIME(6) in UTC.
inline std::string TimeText(absl::Time time) {
  const absl::Time cut = absl::FromUnixMicros(absl::ToUnixMicros(time));
  return absl::FormatTime("%E4Y-%m-%d %H:%M:%E6S", cut, absl::UTCTimeZone());
}

// Sets the parameters of a statement.
inline void Bind(sql::PreparedStatement& statement, Params params) {
  for (size_t i = 0; i < params.size(); ++i) {
    const unsigned int index = static_cast<unsigned int>(i) + 1;
    std::visit(
        [&](const auto& value) {
          using T = std::decay_t<decltype(value)>;
          if constexpr (std::is_same_v<T, std::nullptr_t>) {
            statement.setNull(index, sql::DataType::VARCHAR);
          } else if constexpr (std::is_same_v<T, int64_t>) {
            statement.setInt64(index, value);
          } else if constexpr (std::is_same_v<T, double>) {
            statement.setDouble(index, value);
          } else if constexpr (std::is_same_v<T, std::string>) {
            statement.setString(index, Sql(value));
          } else if constexpr (std::is_same_v<T, Bytes>) {
            statement.setString(index, Sql(value.value));
          } else if constexpr (std::is_same_v<T, absl::CivilDay>) {
            statement.setString(index, Sql(absl::StrFormat("%04d-%02d-%02d", value.year(),
                                                           value.month(), value.day())));
          } else {
            statement.setString(index, Sql(TimeText(value)));
          }
        },
        params[i]);
  }
}

// The library's connection and the statements that are kept.
struct Connection::Impl {
  class Interruptible;

  struct Prepared {
    std::string sql;
    std::unique_ptr<sql::PreparedStatement> statement;
    // A result of it is being read: two results open from one statement give wrong rows.
    bool in_use = false;
  };

  // A statement to run, kept or (when the kept one is in use) made for this time only.
  struct Use {
    Impl* impl = nullptr;
    std::list<Prepared>::iterator kept;
    std::unique_ptr<sql::PreparedStatement> own;

    Use() = default;
    Use(const Use&) = delete;
    Use& operator=(const Use&) = delete;
    ~Use() {
      if (impl != nullptr) kept->in_use = false;
    }
    sql::PreparedStatement& operator*() { return own ? *own : *kept->statement; }
    // Forgets the statement after a failure that may be its own.
    void Drop() {
      if (impl == nullptr) return;
      impl->by_sql.erase(kept->sql);
      impl->recent.erase(kept);
      impl = nullptr;
    }
  };

  void Prepare(std::string_view sql, int limit, Use& use) {
    const auto found = by_sql.find(sql);
    if (found != by_sql.end()) {
      if (found->second->in_use) {
        use.own.reset(connection->prepareStatement(Sql(sql)));
        return;
      }
      recent.splice(recent.begin(), recent, found->second);
    } else {
      std::unique_ptr<sql::PreparedStatement> statement(connection->prepareStatement(Sql(sql)));
      recent.push_front({std::string(sql), std::move(statement), false});
      by_sql.emplace(recent.front().sql, recent.begin());
      Evict(limit);
    }
    use.impl = this;
    use.kept = recent.begin();
    use.kept->in_use = true;
  }

  void Evict(int limit) {
    auto last = recent.end();
    while (recent.size() > static_cast<size_t>(std::max(1, limit)) && last != recent.begin()) {
      --last;
      if (last->in_use || last == recent.begin()) continue;
      by_sql.erase(last->sql);
      last = recent.erase(last);
    }
  }

  // After a statement that was told to end, before the next one: the order may have come too late
  // for it. False when the connection cannot be used any more.
  bool Settle() {
    try {
      text->execute("DO 0");
    } catch (const sql::SQLException& e) {
      return e.getErrorCode() == kQueryInterrupted;
    } catch (const std::exception&) {
      return false;
    }
    return true;
  }

  std::shared_ptr<Session> session;
  // Statements go before the connection.
  std::unique_ptr<sql::Connection> connection;
  std::unique_ptr<sql::Statement> text;
  std::list<Prepared> recent;
  std::unordered_map<std::string_view, std::list<Prepared>::iterator> by_sql;
};

// The time in which a statement is ended when this thread's caller leaves.
class Connection::Impl::Interruptible {
 public:
  Interruptible(Impl& impl, bool& broken) : impl_(impl), broken_(broken), guard_(impl.session) {}
  ~Interruptible() { End(); }
  void End() {
    if (!std::exchange(ended_, true) && guard_.End() && !broken_) broken_ = !impl_.Settle();
  }

 private:
  Impl& impl_;
  bool& broken_;
  StatementGuard guard_;
  bool ended_ = false;
};

}  // namespace phoihop::mysql

#endif  // PHOIHOP_COMMON_MYSQL_CONNECTION_IMPL_H_
