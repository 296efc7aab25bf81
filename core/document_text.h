// The text of a document while it is printed: printing stops at the first problem and at the limit
// of the text's size.
// Entry: DocumentText, print_document. Invariant: the first problem is the one that is reported;
// after a problem no text is returned.
#pragma once

#include "core/no_throw.h"

#include <wirejit/error.h>
#include <wirejit/schema.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace wirejit::core {

// The printer of a language derives from it and appends to `out_`.
class DocumentText {
 public:
  // `language`: its name in messages. The document outlives this object.
  DocumentText(const Document& document, std::string_view language, std::size_t max_bytes)
      : document_(document), language_(language), max_bytes_(max_bytes) {}

 protected:
  // Notes that the language has no `what`, which the declaration `where` needs.
  void fail(std::string_view where, std::string_view what) {
    note(Errc::unsupported, std::string(where.substr(0, 200)) + ": " + std::string(language_) +
                                " has no " + std::string(what));
  }
  // True after a problem, or if the text is larger than the limit: the printer then returns. It
  // asks at each declaration and member.
  [[nodiscard]] bool stop() {
    if (out_.size() > max_bytes_) {
      note(Errc::size_limit, "the text of " + document_.name + " is larger than " +
                                 std::to_string(max_bytes_) + " bytes");
    }
    return !problem_.empty();
  }
  [[nodiscard]] Result<std::string> finish() {
    if (stop()) {
      return std::unexpected(Error(code_, std::move(problem_)));
    }
    return std::move(out_);
  }

  const Document& document_;
  std::string out_;

 private:
  void note(Errc code, std::string problem) {
    if (problem_.empty()) {
      code_ = code;
      problem_ = std::move(problem);
    }
  }

  std::string_view language_;
  std::size_t max_bytes_;
  std::string problem_;
  Errc code_ = Errc::unsupported;
};

// Returns the Result of `print()` if `document` belongs to `schema`. Errors: not_found (the
// document is of another schema), no_memory, those of `print()`.
template <class F>
Result<std::string> print_document(const Schema& schema, const Document& document, F&& print) {
  return without_throwing([&]() -> Result<std::string> {
    const auto own = [&](const Document& d) { return &d == &document; };
    if (std::ranges::none_of(schema.documents(), own)) {
      return std::unexpected(
          Error(Errc::not_found, "the document " + document.name + " is of another schema"));
    }
    return std::forward<F>(print)();
  });
}

}  // namespace wirejit::core
