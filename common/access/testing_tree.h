// A small tree with everything that the reform of 2025 brought: for tests.
#ifndef PHOIHOP_COMMON_ACCESS_TESTING_TREE_H_
#define PHOIHOP_COMMON_ACCESS_TESTING_TREE_H_

#include <cstdint>
#include <memory>
#include <utility>

#include "common/access/unit_tree.h"

namespace phoihop::access {

inline constexpr int64_t kOldCanTho = 2, kNewCanTho = 3, kHauGiang = 4, kDienBien = 5;
// Districts of old Can Tho.
inline constexpr int64_t kNinhKieu = 20, kBinhThuy = 21;
// Communes: of Ninh Kieu, of Binh Thuy, one that moved from the former to the
// latter on kMoveDay, one of new Can Tho.
inline constexpr int64_t kCaiKhe = 30, kAnThoi = 31, kMoved = 32, kNewCaiKhe = 33;

inline constexpr absl::CivilDay kMoveDay(2024, 3, 1);
inline constexpr absl::CivilDay kLastOldDay(2025, 6, 30);
inline constexpr absl::CivilDay kReform(2025, 7, 1);

// The country; Can Tho (92) before and after the reform; Hau Giang (93), which
// ended; Dien Bien (11), which was only renamed. Version 7.
inline std::shared_ptr<const UnitTree> TestTree() {
  const auto v = [](absl::CivilDay from, absl::CivilDay until, const char* code, const char* name,
                    std::string_view level, int64_t parent) {
    return UnitVersion{from, until, code, name, "", std::string(level), parent};
  };
  UnitTree::Builder builder;
  builder.Add(kCountryUnit, v(kFirstDay, kEndOfDays, "VN", "Việt Nam", kCountryLevel, 0))
      .Add(kOldCanTho,
           v(kFirstDay, kReform, "92", "Thành phố Cần Thơ", kProvinceLevel, kCountryUnit))
      .Add(kNewCanTho,
           v(kReform, kEndOfDays, "92", "Thành phố Cần Thơ", kProvinceLevel, kCountryUnit))
      .Add(kHauGiang, v(kFirstDay, kReform, "93", "Tỉnh Hậu Giang", kProvinceLevel, kCountryUnit))
      .Add(kDienBien,
           v(kFirstDay, kMoveDay, "11", "Tỉnh Lai Châu cũ", kProvinceLevel, kCountryUnit))
      .Add(kDienBien, v(kMoveDay, kEndOfDays, "11", "Tỉnh Điện Biên", kProvinceLevel, kCountryUnit))
      .Add(kNinhKieu, v(kFirstDay, kReform, "916", "Quận Ninh Kiều", kDistrictLevel, kOldCanTho))
      .Add(kBinhThuy, v(kFirstDay, kReform, "918", "Quận Bình Thuỷ", kDistrictLevel, kOldCanTho))
      .Add(kCaiKhe, v(kFirstDay, kReform, "31117", "Phường Cái Khế", kCommuneLevel, kNinhKieu))
      .Add(kAnThoi, v(kFirstDay, kReform, "31174", "Phường An Thới", kCommuneLevel, kBinhThuy))
      .Add(kMoved, v(kFirstDay, kMoveDay, "31199", "Phường Đổi", kCommuneLevel, kNinhKieu))
      .Add(kMoved, v(kMoveDay, kReform, "31199", "Phường Đổi", kCommuneLevel, kBinhThuy))
      .Add(kNewCaiKhe,
           v(kReform, kEndOfDays, "31120", "Phường Cái Khế", kCommuneLevel, kNewCanTho));
  return std::move(builder).Build(7);
}

}  // namespace phoihop::access

#endif  // PHOIHOP_COMMON_ACCESS_TESTING_TREE_H_
