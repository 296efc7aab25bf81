// Positions and comments of declarations.
// Entry: SourceMap::find, position_of, doc_of. Invariant: doc_of takes time linear in the comment's
// size.
#include "pb/descriptor_source.h"

#include "pb/descriptor_options.h"

#include <algorithm>

namespace wirejit::pb::descriptors {
namespace {

bool before(std::span<const std::int32_t> a, std::span<const std::int32_t> b) noexcept {
  return std::ranges::lexicographical_compare(a, b);
}

void add_comment(std::string_view comment, std::string& out) {
  while (!comment.empty()) {
    const std::size_t end = std::min(comment.find('\n'), comment.size());
    std::string_view line = comment.substr(0, end);
    comment.remove_prefix(std::min(end + 1, comment.size()));
    if (line.starts_with(' ')) {
      line.remove_prefix(1);
    }
    line = line.substr(0, line.find_last_not_of(" \t\r") + 1);
    out += printable(line);
    out += '\n';
  }
}

}  // namespace

SourceMap::SourceMap(const SourceCodeInfo& info, std::size_t max_steps) {
  for (const Location& l : info.location) {
    if (l.path.size() <= max_steps) {
      by_path_.push_back(&l);
    }
  }
  std::ranges::sort(by_path_, [](const Location* a, const Location* b) {
    const auto order = std::lexicographical_compare_three_way(a->path.begin(), a->path.end(),
                                                              b->path.begin(), b->path.end());
    return order != 0 ? order < 0 : a < b;  // they are elements of one vector
  });
}

const Location* SourceMap::find(std::span<const std::int32_t> path) const {
  const auto it = std::ranges::lower_bound(by_path_, path, before, [](const Location* l) {
    return std::span<const std::int32_t>(l->path);
  });
  return it != by_path_.end() && std::ranges::equal((*it)->path, path) ? *it : nullptr;
}

Position position_of(const Location& location, std::string_view file) noexcept {
  Position p{.file = file};
  const auto& span = location.span;
  if (span.size() >= 3 && span[0] >= 0 && span[1] >= 0) {
    p.line = static_cast<std::uint32_t>(span[0]) + 1;
    p.column = static_cast<std::uint32_t>(span[1]) + 1;
  }
  return p;
}

std::string doc_of(const Location& location) {
  std::string doc;
  add_comment(location.leading_comments, doc);
  add_comment(location.trailing_comments, doc);
  while (doc.ends_with("\n\n")) {
    doc.pop_back();
  }
  return doc == "\n" ? std::string() : doc;
}

}  // namespace wirejit::pb::descriptors
