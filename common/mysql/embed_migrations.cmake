# Run by phoihop_embed_migrations: writes OUT.h and OUT.cc with the files DIR/*.sql.
file(GLOB files ${DIR}/*.sql)
list(SORT files)
set(rows "")
foreach(file ${files})
  get_filename_component(stem ${file} NAME_WE)
  if(NOT stem MATCHES "^([0-9][0-9][0-9][0-9])_([a-z0-9_]+)$")
    message(FATAL_ERROR "${file}: name migrations like 0001_what_it_does.sql")
  endif()
  set(number ${CMAKE_MATCH_1})
  set(name ${CMAKE_MATCH_2})
  string(REGEX REPLACE "^0+" "" number ${number})
  file(READ ${file} sql)
  # The standard allows literals of 64 KiB; adjacent ones are joined.
  string(LENGTH "${sql}" length)
  set(literal "")
  set(at 0)
  while(at LESS length)
    string(SUBSTRING "${sql}" ${at} 8000 part)
    string(APPEND literal "\n     R\"__SQL__(${part})__SQL__\"")
    math(EXPR at "${at} + 8000")
  endwhile()
  string(APPEND rows "    {\"${SET}\", ${number}, \"${name}\",${literal}},\n")
endforeach()
if(rows STREQUAL "")
  message(FATAL_ERROR "${DIR} holds no migrations")
endif()
file(WRITE ${OUT}.h "#pragma once

#include \"absl/types/span.h\"
#include \"common/mysql/migrate.h\"

namespace phoihop::migrations {

// The migrations of the set \"${SET}\", in order.
absl::Span<const mysql::Migration> ${TARGET}();

}  // namespace phoihop::migrations
")
file(WRITE ${OUT}.cc "#include \"migrations/${TARGET}.h\"

namespace phoihop::migrations {

absl::Span<const mysql::Migration> ${TARGET}() {
  static constexpr mysql::Migration kMigrations[] = {
${rows}  };
  return kMigrations;
}

}  // namespace phoihop::migrations
")
