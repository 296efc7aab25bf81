// Default values as bytes: the images that record objects begin as.
// Entry: DefaultMaker::make_image. Invariant: a default that contains itself is refused, and
// neither the storage of all defaults nor one image written out in full (what a deep copy of it
// takes) passes RecordLayoutOptions.
#pragma once

#include "record/layout.h"

#include <cstdint>
#include <string>
#include <unordered_map>

namespace wirejit::record {

class DefaultMaker {
 public:
  // `layouts` is complete but for its images; what images need is allocated in `storage`.
  DefaultMaker(const RecordLayouts& layouts, Arena& storage)
      : layouts_(layouts), storage_(storage) {}

  // Makes the image of `type`, and those that its defaults need.
  [[nodiscard]] Result<void> make_image(const StructLayout& type);
  // After make_image.
  [[nodiscard]] const std::uint8_t* image(const StructLayout& type) const noexcept;

 private:
  struct Image {
    std::uint8_t* bytes = nullptr;
    std::uint64_t expanded =
        0;  // its bytes and those of all that it points at, counted as often as pointed at
    bool complete = false;
  };
  using Size = Result<std::uint64_t>;  // expanded bytes, without those at `to` itself

  Result<const Image*> image_of(const StructLayout& type, std::uint32_t depth);
  Result<void> fill(const StructLayout& type, Image& image, std::uint32_t depth);
  Size write(const Type& type, const Layout& layout, const ConstValue& from, std::uint8_t* to,
             std::uint32_t depth);
  Size write_text(const std::string& text, std::uint8_t* to);
  Size write_list(const Type& type, const Layout& layout, const ConstValue& from, std::uint8_t* to,
                  std::uint32_t depth);
  Size write_map(const Type& type, const Layout& layout, const ConstValue& from, std::uint8_t* to,
                 std::uint32_t depth);
  Size write_boxed(const Layout& layout, const ConstValue& from, std::uint8_t* to,
                   std::uint32_t depth);
  Size write_struct(const StructLayout& layout, const ConstValue& from, std::uint8_t* to,
                    std::uint32_t depth);
  Result<std::uint8_t*> allocate(std::uint64_t count, std::uint64_t size);

  const RecordLayouts& layouts_;
  Arena& storage_;
  std::unordered_map<const StructLayout*, Image> images_;
  std::uint64_t used_ = 0;
};

}  // namespace wirejit::record
