// Where declarations stand in their .proto text, and what comments they have, from SourceCodeInfo.
// Entry: SourceMap. Invariant: a look-up takes logarithmic time; of several locations with the same
// path the first counts. The file must outlive the map.
#pragma once

#include "pb/descriptor_structs.h"

#include <wirejit/schema.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace wirejit::pb::descriptors {

// Steps from a FileDescriptorProto to a declaration: field numbers and positions, in turn.
using SourcePath = std::vector<std::int32_t>;

class SourceMap {
 public:
  SourceMap() = default;
  // Locations with more than max_steps steps belong to no declaration.
  SourceMap(const SourceCodeInfo& info, std::size_t max_steps);

  [[nodiscard]] const Location* find(std::span<const std::int32_t> path) const;

 private:
  std::vector<const Location*> by_path_;
};

// Line and column, both from 1, in the file of that name.
[[nodiscard]] Position position_of(const Location& location, std::string_view file) noexcept;

// The leading, then the trailing comment: without the blank that follows a comment's mark, and with
// one '\n' after each line.
[[nodiscard]] std::string doc_of(const Location& location);

}  // namespace wirejit::pb::descriptors
