#include "services/gateway/transcoding/json_reader.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/status/views.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "services/gateway/transcoding/refusals.h"
#include "services/gateway/transcoding/scalar.h"
#include "services/gateway/transcoding/utf8.h"

namespace phoihop::gateway {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::OneofDescriptor;

// Takes the parser's events and fills the message. Each event returns false to stop,
// with the reason in `status`.
class Filler {
 public:
  Filler(std::string_view json, std::string_view path, Message& message)
      : json_(json), root_path_(path), root_(message) {}

  absl::Status status;

  bool null() {
    Level* level = Top();
    if (level == nullptr || level->list) return Refuse(WrongType(Path(), Field()));
    level->field = nullptr;
    return true;
  }

  bool boolean(bool value) {
    const FieldDescriptor* field = FieldForValue();
    if (field == nullptr) return Refuse(WrongType(Path(), Field()));
    return Done(SetFromBool(*Top()->message, *field, value, Path()));
  }

  bool number_integer(int64_t value) {
    const uint64_t magnitude =
        value < 0 ? uint64_t{0} - static_cast<uint64_t>(value) : static_cast<uint64_t>(value);
    return Number({true, value < 0, magnitude, 0});
  }
  bool number_unsigned(uint64_t value) { return Number({true, false, value, 0}); }
  bool number_float(double value, const std::string&) { return Number({false, false, 0, value}); }

  bool string(std::string& value) {
    const FieldDescriptor* field = FieldForValue();
    if (field == nullptr) return Refuse(WrongType(Path(), Field()));
    return Done(SetFromText(*Top()->message, *field, value, Path(), /*from_query=*/false));
  }

  bool binary(nlohmann::json::binary_t&) { return Refuse(MalformedJson(Path())); }

  bool start_object(size_t) {
    if (levels_.size() >= kMaxJsonDepth) return Refuse(TooDeep(Path()));
    if (levels_.empty()) {
      levels_.push_back({.message = &root_});
      return true;
    }
    const FieldDescriptor* field = FieldForValue();
    if (field == nullptr || !IsPlainMessage(*field)) return Refuse(WrongType(Path(), Field()));
    Message& parent = *Top()->message;
    Message* child = field->is_repeated() ? parent.GetReflection()->AddMessage(&parent, field)
                                          : parent.GetReflection()->MutableMessage(&parent, field);
    levels_.push_back({.message = child});
    return true;
  }

  bool key(std::string& name) {
    Level& level = *Top();
    level.field = nullptr;
    const FieldDescriptor* field = FindField(*level.message->GetDescriptor(), name);
    if (field == nullptr) return Refuse(UnknownField(Path(), name));
    level.field = field;
    if (std::find(level.seen.begin(), level.seen.end(), field) != level.seen.end()) {
      return Refuse(DuplicateField(Path()));
    }
    if (const OneofDescriptor* oneof = field->real_containing_oneof(); oneof != nullptr) {
      for (const FieldDescriptor* other : level.seen) {
        if (other->real_containing_oneof() == oneof) return Refuse(ConflictingField(Path()));
      }
    }
    level.seen.push_back(field);
    return true;
  }

  bool end_object() {
    levels_.pop_back();
    return ValueEnded();
  }

  bool start_array(size_t) {
    if (levels_.size() >= kMaxJsonDepth) return Refuse(TooDeep(Path()));
    Level* level = Top();
    if (level == nullptr || level->list || !level->field->is_repeated()) {
      return Refuse(WrongType(Path(), Field()));
    }
    levels_.push_back({.message = level->message, .list = true, .field = level->field});
    return true;
  }

  bool end_array() {
    levels_.pop_back();
    return ValueEnded();
  }

  bool parse_error(size_t, const std::string&, const nlohmann::detail::exception&) {
    // The exception's own text repeats the input, so only our reading of it is used.
    if (!IsUtf8(json_)) return Refuse(InvalidUtf8(Path()));
    if (json_.find('\0') != std::string_view::npos) return Refuse(NulCharacter(Path()));
    return Refuse(MalformedJson(Path()));
  }

 private:
  // An object or a list that is being read.
  struct Level {
    Message* message = nullptr;  // for a list, the message that holds it
    bool list = false;
    const FieldDescriptor* field = nullptr;  // being read now
    int index = 0;                           // in a list
    std::vector<const FieldDescriptor*> seen = {};
  };

  Level* Top() { return levels_.empty() ? nullptr : &levels_.back(); }

  const FieldDescriptor* Field() { return levels_.empty() ? nullptr : levels_.back().field; }

  // The field that a value belongs to now; nullptr where the field wants a list.
  const FieldDescriptor* FieldForValue() {
    Level* level = Top();
    if (level == nullptr || (level->field->is_repeated() && !level->list)) return nullptr;
    return level->field;
  }

  std::string Path() const {
    std::string path(root_path_);
    for (const Level& level : levels_) {
      if (level.list) {
        absl::StrAppend(&path, "[", level.index, "]");
      } else if (level.field != nullptr) {
        path = JoinPath(path, level.field->json_name());
      }
    }
    return path;
  }

  bool Refuse(absl::Status why) {
    if (status.ok()) status = std::move(why);
    return false;
  }

  bool Done(absl::Status set) { return set.ok() ? ValueEnded() : Refuse(std::move(set)); }

  bool ValueEnded() {
    if (Level* level = Top(); level != nullptr) {
      if (level->list) {
        ++level->index;
      } else {
        level->field = nullptr;
      }
    }
    return true;
  }

  bool Number(JsonNumber number) {
    const FieldDescriptor* field = FieldForValue();
    if (field == nullptr) return Refuse(WrongType(Path(), Field()));
    return Done(SetFromNumber(*Top()->message, *field, number, Path()));
  }

  const std::string_view json_;
  const std::string_view root_path_;
  Message& root_;
  std::vector<Level> levels_;
};

}  // namespace

absl::Status ReadJson(std::string_view json, std::string_view path, Message& message) {
  Filler filler(json, path, message);
  const bool whole = nlohmann::json::sax_parse(json.begin(), json.end(), &filler);
  if (!filler.status.ok()) return filler.status;
  if (!whole) return MalformedJson(path);
  // The parser takes a NUL after the object for the end.
  if (json.find('\0') != std::string_view::npos) return NulCharacter(path);
  return absl::OkStatus();
}

}  // namespace phoihop::gateway
