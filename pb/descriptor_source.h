// Positions of declarations in their .proto text, and their comments, from SourceCodeInfo.
// Entry: SourceMap. Invariant: a lookup takes logarithmic time; of several locations with the same
// path the first one is used. The file must outlive the map.
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

// The leading comment, then the trailing one. The space after the comment marker is removed, and
// each line ends with '\n'.
[[nodiscard]] std::string doc_of(const Location& location);

}  // namespace wirejit::pb::descriptors
