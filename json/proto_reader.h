// ProtoJSON as a Reader. Entry: ProtoReader. Invariant: a struct with a Semantic is read from its
// own text into its fields, in the order of the schema; writers do not see the difference.
#pragma once

#include "json/any.h"
#include "json/reader.h"

#include <optional>

namespace wirejit::json {

class ProtoReader final : public TextReader {
 public:
  // `payload`: how Anys are read; none if the payload's format is not known.
  ProtoReader(const Dialect& dialect, std::optional<jit::Way> payload);

  [[nodiscard]] jit::Guarantees guarantees() const override;
  [[nodiscard]] bool absent_is_zero(const StructType& type, int index) const override {
    return jit::is_implicit(type, type.fields[static_cast<std::size_t>(index)]);
  }
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

 private:
  void moment_fields(jit::Lowering& l, const StructType& type, jit::StructEvents& events) const;
  void mask_fields(jit::Lowering& l, jit::StructEvents& events) const;
  void any_fields(jit::Lowering& l, const StructType& type, jit::StructEvents& events) const;
  void value_fields(jit::Lowering& l, const StructType& type, jit::StructEvents& events) const;
  void wrapper_fields(jit::Lowering& l, jit::StructEvents& events, bool is_root) const;
  void only_field(jit::Lowering& l, jit::StructEvents& events) const;
  void paths(jit::Lowering& l, const std::function<void()>& body) const;
  // The enum whose unknown members are left out of a container, or null.
  const EnumNames* droppable(jit::Lowering& l, const Type& element) const;
  const AnyCodec* any_codec(jit::Lowering& l) const;

  std::shared_ptr<const jit::Way> payload_;
  // Where the fields of the struct whose text was read are, while the code for them is emitted:
  // seconds and nanos; address and size of paths; an Any's parts.
  mutable jit::Slot parsed_[2];
  mutable jit::Slot path_;  // the size of the one that is being read
};

}  // namespace wirejit::json
