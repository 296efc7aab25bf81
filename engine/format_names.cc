// Formats by their names: the one list of the folders that offer some.
// Entry: Format::by_name, Format::names.
#include "json/named_formats.h"
#include "lower/format.h"
#include "pb/named_formats.h"
#include "thrift/named_formats.h"

#include <wirejit/codec.h>

#include <string>

namespace wirejit {

namespace {

constexpr lower::NamedFormats (*folders[])() = {
    &thrift::named_formats,
    &json::named_formats,
    &pb::named_formats,
};

}  // namespace

std::string_view Format::name() const noexcept {
  return empty() ? std::string_view() : impl_->name();
}
bool Format::is_text() const noexcept { return !empty() && impl_->is_text(); }
bool Format::equals(const Format& other) const noexcept {
  return !empty() && !other.empty() && impl_->equals(*other.impl_);
}

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
  for (const std::string_view one : names()) {
    known.append(known.empty() ? "" : ", ").append(one);
  }
  return std::unexpected(Error(Errc::not_found, "no format has that name; there are " + known));
}

}  // namespace wirejit
