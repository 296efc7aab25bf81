// The distance is that of Levenshtein, with letters of either case alike.
#include "suggest.h"

#include "report.h"

#include <algorithm>
#include <cctype>
#include <utility>
#include <vector>

namespace wirejit::tools {
namespace {

constexpr std::size_t longest_name = 100;  // of the name that is looked for
constexpr std::size_t most_names = 3;

bool same_letter(char a, char b) {
  return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b));
}

// How many letters must be added, removed or replaced to make `b` of `a`; `limit` + 1 if more than
// `limit`.
std::size_t distance(std::string_view a, std::string_view b, std::size_t limit) {
  if (std::max(a.size(), b.size()) - std::min(a.size(), b.size()) > limit) {
    return limit + 1;
  }
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) {
    row[j] = j;
  }
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (same_letter(a[i], b[j]) ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, diagonal + 1, row[j] + 1});
    }
  }
  return std::min(row[b.size()], limit + 1);
}

class Closest {
 public:
  explicit Closest(std::string_view name)
      : name_(name), limit_(std::clamp<std::size_t>(name.size() / 3, 1, 3)) {}

  void offer(const std::string& candidate) {
    const std::size_t d = distance(name_, candidate, limit_);
    if (d <= limit_) {
      found_.emplace_back(d, candidate);
    }
  }
  template <class T>
  void offer_names(const T& declarations) {
    for (const auto* d : declarations) {
      offer(d->name);
      if (d->full_name != d->name) {
        offer(d->full_name);
      }
    }
  }
  // "Service.method.args" and the like.
  void offer_methods(const Service& service, std::string_view prefix) {
    for (const Service* s = &service; s != nullptr; s = s->extends) {
      for (const Method& m : s->methods) {
        const std::string name = std::string(prefix) + "." + m.name;
        offer(name + ".args");
        if (m.response() != nullptr) {
          offer(name + ".result");
        }
      }
    }
  }

  [[nodiscard]] std::string text() {
    std::ranges::sort(found_);
    found_.erase(std::ranges::unique(found_).begin(), found_.end());
    std::string out;
    for (std::size_t i = 0; i < std::min(found_.size(), most_names); ++i) {
      const bool last = i + 1 == std::min(found_.size(), most_names);
      out += (i == 0 ? "; did you mean " : last ? " or " : ", ") + printable(found_[i].second);
    }
    return out.empty() ? out : out + "?";
  }

 private:
  std::string_view name_;
  std::size_t limit_;
  std::vector<std::pair<std::size_t, std::string>> found_;
};

// The first word of an expression that is no type.
std::string_view unknown_word(const Schema& schema, std::string_view expression) {
  constexpr std::string_view separators = "<>, \t";
  for (std::size_t at = 0;
       (at = expression.find_first_not_of(separators, at)) < expression.size();) {
    const std::size_t end = std::min(expression.find_first_of(separators, at), expression.size());
    const std::string_view word = expression.substr(at, end - at);
    if (word != "list" && word != "set" && word != "map" && !schema.find_type(word)) {
      return word;
    }
    at = end;
  }
  return {};
}

std::string did_you_mean(const Schema& schema, std::string_view expression) {
  const std::string_view word = unknown_word(schema, expression);
  if (word.empty() || word.size() > longest_name) {
    return {};
  }
  Closest closest(word);
  for (const Document& d : schema.documents()) {
    closest.offer_names(d.structs);
    closest.offer_names(d.enums);
    closest.offer_names(d.typedefs);
    if (word.find('.') != std::string_view::npos) {
      for (const Service* s : d.services) {
        closest.offer_methods(*s, s->name);
        closest.offer_methods(*s, s->full_name);
      }
    }
  }
  return closest.text();
}

}  // namespace

Error not_found(const Schema& schema, std::string_view expression, const Error& error) {
  if (error.code() == Errc::no_memory) {
    return error;
  }
  return Error(Errc::not_found, printable(error.message()) + did_you_mean(schema, expression));
}

}  // namespace wirejit::tools
