// Default bytes: new objects of records are copies of them.
// Entry: DefaultMaker::make. Invariant: a default that contains itself is rejected. Neither the
// storage of all defaults nor the size of a deep copy of one struct's default bytes exceeds the
// limit of RecordLayoutOptions.
#pragma once

#include "record/layout.h"

#include <cstdint>
#include <string>
#include <unordered_map>

namespace wirejit::record {

class DefaultMaker {
 public:
  // `layouts` is complete except for default bytes, which are allocated in `storage`.
  DefaultMaker(const RecordLayouts& layouts, Arena& storage)
      : layouts_(layouts), storage_(storage) {}

  // Returns the default bytes of `type`; makes them, and those that its defaults need, once.
  [[nodiscard]] Result<const std::uint8_t*> make(const StructLayout& type);

 private:
  struct DefaultBytes {
    std::uint8_t* bytes = nullptr;
    std::uint64_t expanded = 0;  // the size of a deep copy: shared parts count each time
    bool complete = false;
  };
  using Size = Result<std::uint64_t>;  // expanded bytes, without those at `to` itself

  Result<const DefaultBytes*> defaults_of(const StructLayout& type, std::uint32_t depth);
  Result<void> fill(const StructLayout& type, DefaultBytes& defaults, std::uint32_t depth);
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
  std::unordered_map<const StructLayout*, DefaultBytes> made_;
  std::uint64_t used_ = 0;
};

}  // namespace wirejit::record
