// Formats by name. `folders` is the only list of the folders that define named formats.
// Entry: Format::by_name, Format::names. Invariant: a name means one format.
#include "json/named_formats.h"
#include "lower/format.h"
#include "pb/named_formats.h"
#include "thrift/named_formats.h"

#include <wirejit/format.h>
#include <wirejit/pb.h>
#include <wirejit/thrift.h>

#include <string>

namespace wirejit {

namespace {

// ProtoJSON is made of two folders, json/ and pb/.
lower::NamedFormats proto_json_formats() {
  static const Format formats[] = {pb::json};
  return formats;
}

// Thrift's JSON is made of json/ and thrift/.
lower::NamedFormats thrift_json_formats() {
  static const Format formats[] = {thrift::json, thrift::simple_json};
  return formats;
}

constexpr lower::NamedFormats (*folders[])() = {
    &thrift::named_formats, &thrift_json_formats, &json::named_formats,
    &pb::named_formats,     &proto_json_formats,
};

}  // namespace

std::string_view Format::name() const noexcept {
  return empty() ? std::string_view() : lower::impl_of(*this).name();
}
bool Format::is_text() const noexcept { return !empty() && lower::impl_of(*this).is_text(); }
bool Format::equals(const Format& other) const noexcept {
  return !empty() && !other.empty() && lower::impl_of(*this).equals(lower::impl_of(other));
}
std::size_t Format::hash() const noexcept { return empty() ? 0 : lower::impl_of(*this).hash(); }

std::vector<std::string_view> Format::names() {
  std::vector<std::string_view> names;
  for (const auto folder : folders) {
    for (const Format& format : folder()) {
      names.push_back(format.name());
    }
  }
  return names;
}

Result<Format> Format::by_name(std::string_view name) {
  for (const auto folder : folders) {
    for (const Format& format : folder()) {
      if (format.name() == name) {
        return format;
      }
    }
  }
  std::string known;
  for (const std::string_view known_name : names()) {
    known.append(known.empty() ? "" : ", ").append(known_name);
  }
  return std::unexpected(Error(Errc::not_found, "no format has that name; there are " + known));
}

}  // namespace wirejit
