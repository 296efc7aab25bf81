// Thrift Binary as a Reader. Entry: BinaryReader. Invariant: reads no byte that was not shown to be
// there.
#pragma once

#include "jit/format.h"
#include "thrift/wire.h"

namespace wirejit::thrift {

class BinaryReader final : public jit::Reader {
 public:
  [[nodiscard]] jit::Guarantees guarantees() const override {
    return {.unique_fields = false, .unique_keys = false, .bytes_at = jit::BytesAt::input};
  }
  [[nodiscard]] bool reads_input() const override { return true; }
  [[nodiscard]] std::uint64_t unknown_tag() const override { return binary_unknown_tag; }

  void end(jit::Lowering& l, const jit::Node& root) const override;
  void scalar(jit::Lowering& l, const jit::Node& n) const override;
  void bytes(jit::Lowering& l, const jit::Node& n) const override;
  jit::Scope open_struct(jit::Lowering& l, const jit::Node& n, bool called) const override;
  void fields(jit::Lowering& l, const StructType& type, jit::Place inner,
              jit::StructEvents& events) const override;
  jit::Scope open_list(jit::Lowering& l, const jit::Node& n, jit::Count& count) const override;
  void elements(jit::Lowering& l, const jit::Node& n, const jit::Scope& scope,
                const jit::Count& count, const std::function<void()>& body) const override;
  jit::Scope open_map(jit::Lowering& l, const jit::Node& n, jit::Count& count) const override;
  void entries(jit::Lowering& l, const jit::Node& n, const jit::Scope& scope,
               const jit::Count& count, const std::function<void()>& key,
               const std::function<void()>& value) const override;
  [[nodiscard]] jit::Run run(const jit::Node& n) const override;
  void take_run(jit::Lowering& l, const jit::Node& n, const jit::Scope& scope,
                const jit::Count& count) const override;
};

}  // namespace wirejit::thrift
