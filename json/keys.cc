// Tables of names, made once for each codec.
#include "json/keys.h"

#include "kernels/json_string.h"

#include <algorithm>
#include <map>

namespace wirejit::json {

EnumNames::EnumNames(const EnumType& type, bool reject_unknown_numbers)
    : rejects_unknown_numbers_(reject_unknown_numbers) {
  std::map<std::int64_t, std::string>
      texts;  // the first name of a number is the one that is written
  for (const EnumValue& v : type.values) {
    names_.add(v.name, v.number);
    texts.try_emplace(v.number, quoted(v.name));
  }
  names_.freeze();
  texts_.assign(texts.begin(), texts.end());
  for (const auto& [number, text] : texts_) {
    longest_ = std::max(longest_, text.size());
  }
  dense_ = !texts_.empty() && texts_.back().first - texts_.front().first + 1 ==
                                  static_cast<std::int64_t>(texts_.size());
}

const std::string* EnumNames::text_of(std::int64_t number) const noexcept {
  if (dense_) {
    const auto k = static_cast<std::uint64_t>(number - texts_.front().first);
    return k < texts_.size() ? &texts_[k].second : nullptr;
  }
  const auto below = [](const auto& t, std::int64_t n) { return t.first < n; };
  const auto it = std::lower_bound(texts_.begin(), texts_.end(), number, below);
  return it != texts_.end() && it->first == number ? &it->second : nullptr;
}

std::string quoted(std::string_view text) {
  std::string out(6 * text.size() + 64, '\0');
  out[0] = '"';
  char* const end = kernels::escape(text.data(), text.size(), out.data() + 1);
  *end = '"';
  out.resize(static_cast<std::size_t>(end + 1 - out.data()));
  return out;
}

}  // namespace wirejit::json
