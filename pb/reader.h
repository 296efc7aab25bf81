// The wire as a Reader. Entry: WireReader. Invariant: r0 is a cursor; r1 is the end of the
// innermost message that has a length, and as before after every value.
#pragma once

#include "jit/format.h"

namespace wirejit::pb {

class WireReader final : public jit::Reader {
 public:
  [[nodiscard]] std::uint64_t unknown_tag() const override;
  [[nodiscard]] jit::Guarantees guarantees() const override {
    return {.whole_fields = false, .bytes_at = jit::BytesAt::input, .tells_presence = true};
  }
  [[nodiscard]] bool reads_input() const override { return true; }
  // Of containers none is written where they are empty.
  [[nodiscard]] bool absent_is_zero(const StructType& type, int index) const override {
    const Field& field = type.fields[static_cast<std::size_t>(index)];
    return field.type->kind >= Kind::list || jit::is_implicit(type, field);
  }
  [[nodiscard]] bool checks_utf8(const Type& type) const override {
    return type.kind == Kind::string && type.wire != Wire::unchecked;
  }

  void begin(jit::Lowering& l, const jit::Node& n) const override;
  void scalar(jit::Lowering& l, const jit::Node& n) const override;
  void bytes(jit::Lowering& l, const jit::Node& n) const override;
  jit::Scope open_struct(jit::Lowering& l, const jit::Node& n, bool called) const override;
  void fields(jit::Lowering& l, const StructType& type, jit::Place inner,
              jit::StructEvents& events) const override;
  void close_struct(jit::Lowering& l, const jit::Node& n, const jit::Scope& scope) const override;
  jit::Scope open_list(jit::Lowering& l, const jit::Node& n, jit::Count& count) const override;
  void elements(jit::Lowering& l, const jit::Node& n, const jit::Scope& scope,
                const jit::Count& count, const std::function<void()>& body) const override;
  jit::Scope open_map(jit::Lowering& l, const jit::Node& n, jit::Count& count) const override;
  void entries(jit::Lowering& l, const jit::Node& n, const jit::Scope& scope,
               const jit::Count& count, const std::function<void()>& key,
               const std::function<void()>& value) const override;
  [[nodiscard]] jit::Whole whole(const jit::Lowering& l, const jit::Node& n) const override;
  [[nodiscard]] jit::Run run(const jit::Node& n) const override;
  void take_run(jit::Lowering& l, const jit::Node& n, const jit::Scope& scope,
                const jit::Count& count) const override;
};

}  // namespace wirejit::pb
