// The command line as scripts and people see it: outputs, messages, exit codes.
// Invariant of what is tested: no input makes it crash, and the exit code tells what kind of thing
// went wrong.
#include "jit/host.h"
#include "tests/support/cli_support.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <sstream>
#include <string>

namespace wirejit::test {
namespace {

bool generates_code() { return wirejit::jit::host_cpu() != wirejit::jit::Cpu::none; }

const std::string order =
    R"({"id":7,"lines":[{"sku":"A-1","quantity":2,"color":"GREEN"}],"seal":"AP8="})";

// A FileDescriptorSet of one proto3 file m.proto: message M { int32 id = 1; }
constexpr std::string_view descriptor_set =
    "\x0a\x22\x0a\x07m.proto\"\x0f\x0a\x01M\x12\x0a\x0a\x02id\x18\x01 \x01(\x05"
    "b\x06proto3";

TEST_F(Cli, DescriptorSetsAreSchemas) {
  for (const char* name : {"m.desc", "m.binpb", "m.pb", "m.protoset"}) {
    save(name, std::string(descriptor_set));
    const Ran described = run("describe --schema " + path(name) + " M");
    EXPECT_EQ(described.code, 0) << described.err;
    EXPECT_NE(described.out.find("struct M\n"), std::string::npos) << described.out;
    const std::string convert = "convert --schema " + path(name) + " --type M ";
    const Ran bytes = run(convert + "--from json --to protobuf", R"({"id":150})");
    EXPECT_EQ(bytes.out, "\x08\x96\x01") << bytes.err;
    EXPECT_EQ(run(convert + "--from protobuf --to json", bytes.out).out, R"({"id":150})");
  }
  save("bad.desc", std::string(descriptor_set.substr(0, 20)));
  const Ran bad = run("describe --schema " + path("bad.desc"));
  EXPECT_NE(bad.code, 0);
  EXPECT_NE(bad.err.find("bad.desc: schema_invalid"), std::string::npos) << bad.err;
}

TEST_F(Cli, SchemasOfAnUnknownKindAreRefusedWithWhatIsKnown) {
  save("orders.txt", "struct A { 1: i32 a }");
  const Ran ran = run("describe --schema " + path("orders.txt"));
  EXPECT_EQ(ran.code, 3);
  for (const char* known : {"orders.txt", ".thrift", ".proto", ".desc", ".pb"}) {
    EXPECT_NE(ran.err.find(known), std::string::npos) << ran.err;
  }
  save("orders", "struct A { 1: i32 a }");
  EXPECT_EQ(run("describe --schema " + path("orders")).code, 0);
}

TEST_F(Cli, ProtoTextIsASchema) {
  save("shop.proto", R"(syntax = "proto3";
import "google/protobuf/empty.proto";
message M { int32 id = 1; }
service Shop { rpc Watch(stream M) returns (google.protobuf.Empty); }
)");
  const Ran ran = run("describe --schema " + path("shop.proto"));
#ifdef WIREJIT_TOOL_PROTOBUF
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_NE(ran.out.find("rpc Watch(stream M) returns (google.protobuf.Empty)"), std::string::npos)
      << ran.out;
  save("bad.proto", "syntax = \"proto3\";\nmessage M { Nothing a = 1; }\n");
  const Ran bad = run("describe --schema " + path("bad.proto"));
  EXPECT_NE(bad.code, 0);
  EXPECT_NE(bad.err.find("bad.proto:2:13: \"Nothing\" is not defined."), std::string::npos)
      << bad.err;
#else
  EXPECT_NE(ran.code, 0);
  EXPECT_NE(ran.err.find("built without libprotobuf"), std::string::npos) << ran.err;
#endif
}

TEST_F(Cli, ConvertsBothWaysOnBothEngines) {
  const Ran binary = convert("json", "thrift-binary", order);
  ASSERT_EQ(binary.code, 0) << binary.err;
  EXPECT_EQ(binary.out.substr(0, 11), std::string("\x0a\x00\x01\0\0\0\0\0\0\0\x07", 11));
  EXPECT_EQ(binary.err, "");
  const Ran interpreted = convert("json", "thrift-binary", order, "--engine interpret");
  EXPECT_EQ(interpreted.out, binary.out);
  for (const char* engine : {"auto", "interpret"}) {
    const Ran text =
        convert("thrift-binary", "json", binary.out, std::string("--engine ") + engine);
    EXPECT_EQ(text.code, 0) << text.err;
    EXPECT_EQ(text.out, order);
  }
}

TEST_F(Cli, ConvertsToThriftCompactAndBack) {
  const Ran compact = convert("json", "thrift-compact", order);
  ASSERT_EQ(compact.code, 0) << compact.err;
  EXPECT_EQ(compact.out.substr(0, 2), "\x16\x0e");
  for (const char* engine : {"auto", "interpret"}) {
    const Ran text =
        convert("thrift-compact", "json", compact.out, std::string("--engine ") + engine);
    EXPECT_EQ(text.code, 0) << text.err;
    EXPECT_EQ(text.out, order);
  }
}

TEST_F(Cli, ConvertsToThriftJsonAndBack) {
  const Ran tagged = convert("json", "thrift-json", order);
  ASSERT_EQ(tagged.code, 0) << tagged.err;
  EXPECT_EQ(tagged.out.substr(0, 14), R"({"1":{"i64":7})");
  EXPECT_EQ(convert("thrift-json", "json", tagged.out).out, order);
}

TEST_F(Cli, ReadsAndWritesNamedFiles) {
  save("order.json", order);
  const Ran ran =
      convert("json", "thrift-binary", "", "-o " + path("order.bin") + " " + path("order.json"));
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(ran.out, "");
  EXPECT_EQ(convert("thrift-binary", "json", "", path("order.bin")).out, order);
}

TEST_F(Cli, RootsMayBeTypeExpressions) {
  const Ran ran =
      run("convert " + schema() + "--type 'map<string, list<i32>>' --from json --to json --pretty",
          R"({"a":[1]})");
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(nlohmann::json::parse(ran.out), nlohmann::json::parse(R"({"a":[1]})"));
  EXPECT_NE(ran.out.find("\n  \"a\""), std::string::npos) << ran.out;
}

TEST_F(Cli, JsonOptionsReachTheFormat) {
  EXPECT_EQ(convert("json", "json", R"({"id":7})", "--int64-as-string").out, R"({"id":"7"})");
  EXPECT_EQ(
      convert("json", "json", R"({"id":7,"seal":"_w"})", "--no-base64-padding --base64-url").out,
      R"({"id":7,"seal":"_w"})");
  EXPECT_EQ(convert("json", "json", R"({"id":7,"x":1})").code, 0);
  EXPECT_EQ(convert("json", "json", R"({"id":7,"x":1})", "--unknown error").code, 1);
}

TEST_F(Cli, ProfilesAreRulesThatOtherOptionsChange) {
  const std::string kitex = "--profile kitex_json";
  EXPECT_EQ(convert("json", "json", "{}", kitex).out, R"({"id":0,"lines":[]})");
  EXPECT_EQ(convert("json", "json", "{}", "--missing-required error " + kitex).code, 1);
  EXPECT_EQ(convert("json", "json", R"({"id":7,"seal":"a"})", "--profile kitex_http").out,
            R"({"id":7,"seal":"a","lines":[]})");
  EXPECT_EQ(convert("json", "json", R"({"id":7,"x":1})", "--profile strict").code, 1);
  EXPECT_EQ(convert("json", "json", R"({"id":7,"x":1})", "--unknown skip --profile strict").out,
            R"({"id":7})");
  EXPECT_EQ(convert("json", "json", "{}", "--profile nope").code, 2);
}

TEST_F(Cli, ExitCodesTellWhatWentWrong) {
  EXPECT_EQ(convert("json", "json", R"({"id":)").code, 1);
  EXPECT_EQ(convert("json", "json", order, "--max-input 10").code, 1);
  for (const char* no_size : {"-5", "99999999999999999999", "1e5", "x", "17179869184G"}) {
    EXPECT_EQ(convert("json", "json", order, "--max-input " + std::string(no_size)).code, 2);
  }
  EXPECT_EQ(run("").code, 2);
  EXPECT_EQ(run("convert").code, 2);
  EXPECT_EQ(run("frobnicate").code, 2);
  EXPECT_EQ(convert("json", "yaml", order).code, 2);
  EXPECT_EQ(run("dump " + schema() + "--type Order --from record --to record").code, 2);
  EXPECT_EQ(run("convert " + schema() + "--type Nope --from json --to json", order).code, 3);
  save("bad.thrift", "struct A { 1: i32 }");
  EXPECT_EQ(run("describe --schema " + path("bad.thrift")).code, 3);
  EXPECT_EQ(run("describe --schema " + path("missing.thrift")).code, 4);
  EXPECT_EQ(convert("json", "json", "", path("missing.json")).code, 4);
  EXPECT_EQ(convert("json", "json", "", "/").code, 4);
  EXPECT_EQ(convert("json", "json", order, "-o " + path("no/such/folder")).code, 4);
  EXPECT_EQ(run("--help").code, 0);
  EXPECT_NE(run("convert --help").out.find("Exit codes:"), std::string::npos);
}

TEST_F(Cli, TextErrorsPointAtTheCharacter) {
  const Ran ran = convert("json", "json", "{\"id\": 7,\n \"lines\": [{\"sku\": 5}]}\n");
  EXPECT_EQ(ran.code, 1);
  EXPECT_EQ(ran.out, "");
  EXPECT_TRUE(ran.err.starts_with(
      "wirejit: <stdin>: type_mismatch at byte 29 (line 2:20) in lines[0].sku: "))
      << ran.err;
  EXPECT_TRUE(
      ran.err.ends_with("\n  2 |  \"lines\": [{\"sku\": 5}]}\n"
                        "    |                    ^\n"))
      << ran.err;
}

TEST_F(Cli, LongLinesAreClippedAroundTheError) {
  const std::string sku(5000, 'x');
  const Ran ran =
      convert("json", "json",
              R"({"id": 7, "lines": [{"sku": ")" + sku + R"("}, 5, {"sku": ")" + sku + "\"}]}");
  EXPECT_EQ(ran.code, 1);
  std::istringstream lines(ran.err);
  std::string text;
  std::string caret;
  std::getline(lines, text);
  std::getline(lines, text);
  std::getline(lines, caret);
  EXPECT_LT(text.size(), 150U);
  ASSERT_LT(caret.size() - 1, text.size());
  EXPECT_EQ(text[caret.size() - 1], '5') << ran.err;
}

TEST_F(Cli, ControlCharactersDoNotReachTheTerminal) {
  const Ran ran = convert("json", "json", "{\"id\": \x1b[2J\x80 7}");
  EXPECT_EQ(ran.code, 1);
  EXPECT_EQ(ran.err.find('\x1b'), std::string::npos) << ran.err;
  EXPECT_EQ(ran.err.find('\x80'), std::string::npos) << ran.err;
  const Ran key = run("convert " + schema() + "--type 'map<string, i32>' --from json --to json",
                      "{\"a\\u001b[2J\": true}");
  EXPECT_EQ(key.code, 1);
  EXPECT_EQ(key.err.find('\x1b'), std::string::npos) << key.err;
}

TEST_F(Cli, BinaryErrorsShowSixteenBytesAndAMarker) {
  const std::string bytes(
      "\x0a\x00\x01\0\0\0\0\0\0\0\x07\x0f\x00\x02\x0d\x00\x00\x00\x01"
      "abcdefghijklmnop\x00",
      36);
  const Ran ran = convert("thrift-binary", "json", bytes);
  EXPECT_EQ(ran.code, 1);
  std::istringstream lines(ran.err);
  std::string message;
  std::string window;
  std::string marker;
  std::getline(lines, message);
  std::getline(lines, window);
  std::getline(lines, marker);
  EXPECT_NE(message.find(" at byte "), std::string::npos) << ran.err;
  const std::size_t offset = std::stoul(message.substr(message.find(" at byte ") + 9));
  const std::size_t at = marker.find("^^");
  ASSERT_NE(at, std::string::npos) << ran.err;
  ASSERT_LT(offset, bytes.size());
  char expected[3];
  std::snprintf(expected, sizeof expected, "%02x", static_cast<unsigned char>(bytes[offset]));
  EXPECT_EQ(window.substr(at, 2), expected) << ran.err;
}

TEST_F(Cli, TruncatedInputAlwaysEndsInADataError) {
  const std::string bytes = convert("json", "thrift-binary", order).out;
  ASSERT_FALSE(bytes.empty());
  for (std::size_t n = 0; n < bytes.size(); ++n) {
    const Ran ran = convert("thrift-binary", "json", bytes.substr(0, n));
    EXPECT_EQ(ran.code, 1) << n << ": " << ran.err;
    EXPECT_NE(ran.err.find("^^"), std::string::npos) << n << ": " << ran.err;
  }
}

TEST_F(Cli, SchemaErrorsShowTheirLine) {
  save("bad.thrift", "struct A {\n  1: i32 x;\n  2 y\n}\n");
  const Ran ran = run("describe --schema " + path("bad.thrift"));
  EXPECT_NE(ran.err.find("bad.thrift:3:5: error: "), std::string::npos) << ran.err;
  EXPECT_NE(ran.err.find("^"), std::string::npos);
}

TEST_F(Cli, DescribesTypesAsTables) {
  const Ran line = run("describe " + schema() + "Line");
  EXPECT_EQ(line.code, 0) << line.err;
  EXPECT_EQ(line.out,
            "struct orders.Line\n"
            "  id  field     type          requiredness  default  JSON key\n"
            "   1  sku       string        required\n"
            "   2  quantity  i32           default       1\n"
            "   3  color     orders.Color  optional\n");
  const Ran all = run("describe " + schema());
  for (const char* part :
       {"struct orders.Order", "enum orders.Color", "service orders.Shop", "oneway void ping()"}) {
    EXPECT_NE(all.out.find(part), std::string::npos) << part << "\n" << all.out;
  }
  EXPECT_EQ(run("describe " + schema() + "Nope").code, 3);
}

TEST_F(Cli, DescribesTypesAsJson) {
  const Ran all = run("describe --json " + schema());
  const nlohmann::json document = nlohmann::json::parse(all.out).at("documents").at(0);
  EXPECT_EQ(document.at("name"), "orders");
  EXPECT_EQ(document.at("structs").at(1).at("fields").at(1).at("type"), "list<orders.Line>");
  EXPECT_EQ(document.at("structs").at(0).at("fields").at(1).at("default"), 1);
  EXPECT_EQ(nlohmann::json::parse(run("describe --json " + schema() + "Color").out)
                .at("values")
                .at(1)
                .at("number"),
            2);
}

TEST_F(Cli, MethodsNameTypes) {
  save("base.thrift", R"(exception Gone { 1: string why }
service Base { i32 count(1: list<string> names) throws (1: Gone gone) })");
  save("shop.thrift", R"(include "base.thrift"
service Shop extends base.Base { oneway void ping(1: i32 n) })");
  const std::string command = "convert --from json --to thrift-binary -s " + path("shop.thrift");
  const Ran args = run(command + " -t Shop.count.args", R"({"names":["a"]})");
  EXPECT_EQ(args.out, std::string("\x0f\0\x01\x0b\0\0\0\x01\0\0\0\x01\x61\0", 14)) << args.err;
  const Ran result = run(command + " -t shop.Shop.count.result", R"({"success":7})");
  EXPECT_EQ(result.out, std::string("\x08\0\0\0\0\0\x07\0", 8)) << result.err;
  const Ran thrown = run(command + " -t base.Base.count.result", R"({"gone":{"why":"x"}})");
  EXPECT_EQ(thrown.out, std::string("\x0c\0\x01\x0b\0\x01\0\0\0\x01x\0\0", 13)) << thrown.err;
  EXPECT_EQ(run(command + " -t 'list<Shop.ping.args>'", R"([{"n":1}])").code, 0);

  const Ran oneway = run(command + " -t Shop.ping.result", "{}");
  EXPECT_EQ(oneway.code, 3);
  EXPECT_NE(oneway.err.find("is oneway, so it has no result"), std::string::npos) << oneway.err;
  const Ran unknown = run(command + " -t Shop.cuont.args", "{}");
  EXPECT_EQ(unknown.code, 3);
  for (const char* part :
       {"has no method 'cuont'; its methods: ping, count", "did you mean Shop.count.args?"}) {
    EXPECT_NE(unknown.err.find(part), std::string::npos) << unknown.err;
  }
  EXPECT_EQ(run("dump --from json --to record -t Shop.count.args -s " + path("shop.thrift")).code,
            0);
  const Ran described = run("describe -s " + path("shop.thrift") + " Shop.count.result");
  EXPECT_NE(described.out.find("gone     base.Gone  optional"), std::string::npos) << described.out;
  EXPECT_EQ(run("describe -s " + path("shop.thrift") + " Shop.count").out,
            "  i32 count(1: list<string> names) throws base.Gone\n");
}

TEST_F(Cli, UnknownTypesComeWithCloseNames) {
  const struct {
    const char* type;
    const char* end;
  } cases[] = {{"Oder", "; did you mean Order?\n"},
               {"map<string, list<LINE>>", "; did you mean Line?\n"},
               {"orders.Lines", "; did you mean orders.Line?\n"},
               {"Shop.by.args", "; did you mean Shop.buy.args?\n"},
               {"Zebra", "expected the name of a type of this schema\n"},
               {"list<i32", "expected '>'\n"}};
  for (const auto& c : cases) {
    const Ran ran = run("convert " + schema() + "--from json --to json -t '" + c.type + "'");
    EXPECT_EQ(ran.code, 3);
    EXPECT_TRUE(ran.err.ends_with(c.end)) << ran.err;
  }
  EXPECT_TRUE(run("describe " + schema() + "Colour").err.ends_with("; did you mean Color?\n"));
}

TEST_F(Cli, TheSchemasFormatMayBeSaid) {
  save("orders.txt", "struct A { 1: i32 a }");
  EXPECT_EQ(run("describe --schema-format thrift -s " + path("orders.txt") + " A").code, 0);
  save("m.pb.txt", std::string(descriptor_set));
  EXPECT_EQ(run("describe --schema-format descriptors -s " + path("m.pb.txt") + " M").code, 0);
  save("m", std::string(descriptor_set));
  EXPECT_EQ(run("describe -s " + path("m")).code, 3) << "IDL, as its name has no extension";
  EXPECT_EQ(run("describe --schema-format descriptors -s " + path("m")).code, 0);
#ifdef WIREJIT_TOOL_PROTOBUF
  save("p.txt", "syntax = \"proto3\"; message M { int32 a = 1; }");
  EXPECT_EQ(run("describe --schema-format proto -s " + path("p.txt") + " M").code, 0);
#endif
  EXPECT_EQ(run("describe --schema-format xml -s " + path("m")).code, 2);
}

TEST_F(Cli, MissingIncludesAreErrorsOrWarnings) {
  save("main.thrift", "include \"gone.thrift\"\nstruct A { 1: i32 a }");
  const std::string command = "describe -s " + path("main.thrift");
  const Ran strict = run(command);
  EXPECT_EQ(strict.code, 4) << strict.err;
  EXPECT_EQ(run(command + " --missing-includes error").code, 4);
  const Ran lax = run(command + " --missing-includes warn");
  EXPECT_EQ(lax.code, 0);
  EXPECT_NE(lax.err.find("main.thrift:1:9: warning: cannot find the file"), std::string::npos)
      << lax.err;
  // The same descriptors as before, but m.proto imports "x.proto", which is not among them.
  save("m.desc",
       "\x0a\x2b\x0a\x07m.proto\x1a\x07x.proto\"\x0f\x0a\x01M\x12\x0a\x0a\x02id\x18\x01 \x01(\x05"
       "b\x06proto3");
  EXPECT_EQ(run("describe -s " + path("m.desc")).code, 3);
  const Ran set = run("describe --missing-includes warn -s " + path("m.desc"));
  EXPECT_EQ(set.code, 0) << set.err;
}

TEST_F(Cli, NegativeIdsAreKeptWhereThatIsAllowed) {
  save("old.thrift", "struct A { -5: i32 a, 0: i32 b }");
  const std::string command =
      "convert -t A --from json --to thrift-binary -s " + path("old.thrift");
  const std::string input = R"({"a":1})";
  EXPECT_EQ(run(command, input).out.substr(0, 3), "\x08\xff\xff");
  EXPECT_EQ(run(command + " --allow-negative-ids", input).out.substr(0, 3), "\x08\xff\xfb");
}

TEST_F(Cli, RulesReachTheCodec) {
  save("u.thrift", "union U { 1: i32 a, 2: i32 b } struct S { 1: required i32 x, 2: string s }");
  const std::string command = "convert --from json -s " + path("u.thrift") + " ";
  EXPECT_EQ(run(command + "--to json -t S", "{}").code, 1);
  EXPECT_EQ(run(command + "--to json -t S --allow-partial", "{}").out, "{}");
  EXPECT_EQ(run(command + "--to json -t S --missing-required omit", "{}").out, "{}");
  EXPECT_EQ(run(command + "--to json -t S --missing-required zero", "{}").out, R"({"x":0})");
  EXPECT_EQ(run(command + "--to json -t S --missing-required error", "{}").code, 1);
  EXPECT_EQ(run(command + "--to json -t S --default-fields all", R"({"x":1})").out,
            R"({"x":1,"s":""})");
  EXPECT_EQ(
      convert("json", "json", R"({"id":1,"lines":[{"sku":"a"}]})", "--default-fields none").out,
      R"({"id":1,"lines":[{"sku":"a"}]})");
  EXPECT_EQ(convert("json", "json", R"({"id":1,"lines":[]})", "--optional-fields all").out,
            R"({"id":1,"lines":[],"seal":""})");
  EXPECT_EQ(convert("json", "json", R"({"id":1,"lines":[null]})").code, 1);
  EXPECT_EQ(convert("json", "json", R"({"id":1,"lines":[null]})", "--nulls drop").out,
            R"({"id":1,"lines":[]})");
  EXPECT_EQ(convert("json", "json", R"({"id":"1"})").code, 0);
  EXPECT_EQ(convert("json", "json", R"({"id":"1"})", "--reject-text-numbers").code, 1);
  const std::string both = R"({"a":1,"b":2})";
  EXPECT_EQ(run(command + "--to json -t U", both).code, 1);
  EXPECT_EQ(run(command + "--to json -t U --no-check-unions", both).out, both);

  const std::string bytes("\x08\0\x01\0\0\0\x01\x0b\0\x02\0\0\0\x01\xff\0", 16);
  const std::string binary = "convert --from thrift-binary -t S -s " + path("u.thrift") + " ";
  EXPECT_EQ(run(binary + "--to json", bytes).code, 1);
  EXPECT_EQ(run(binary + "--to json --no-validate-utf8", bytes).code, 0);

  const std::string unknown("\x08\0\x01\0\0\0\x01\x08\0\x09\0\0\0\x09\0", 15);
  EXPECT_EQ(run(binary + "--to thrift-binary", unknown).out, unknown.substr(0, 7) + '\0');
  EXPECT_EQ(run(binary + "--to thrift-binary --keep-unknown", unknown).out, unknown);
  EXPECT_EQ(run(binary + "--to thrift-binary --unknown keep", unknown).out, unknown);
  EXPECT_EQ(run(binary + "--to thrift-binary --unknown skip --keep-unknown", unknown).code, 2);
}

TEST_F(Cli, ConvertsBetweenTwoSchemas) {
  save("new.thrift", "struct Order { 1: i32 id, 9: string note }\nstruct Named { 5: i64 id }");
  const std::string to = "--to-schema " + path("new.thrift") + " ";
  EXPECT_EQ(convert("json", "json", order, to).out, R"({"id":7})");
  EXPECT_EQ(convert("json", "json", order, to + "--match number").out, R"({"id":7})");
  const Ran named = convert("json", "json", order, to + "--to-type Named --match name");
  EXPECT_EQ(named.out, R"({"id":7})") << named.err;
  EXPECT_EQ(convert("json", "json", order, to + "--to-type Named").out, "{}") << "no field 5";
  EXPECT_EQ(convert("json", "json", R"({"id":5000000000})", to).code, 1) << "does not fit an i32";
  save("new.txt", "struct Order { 1: i64 id }");
  EXPECT_EQ(convert("json", "json", order,
                    "--to-schema " + path("new.txt") + " --to-schema-format thrift")
                .out,
            R"({"id":7})");
  // A Thrift struct as a Protobuf message.
  save("m.desc", std::string(descriptor_set));
  const Ran message =
      convert("json", "protobuf", order, "--match name --to-type M --to-schema " + path("m.desc"));
  EXPECT_EQ(message.code, 0) << message.err;
  EXPECT_EQ(message.out, "\x08\x07");
  // Two structs of one schema.
  save("two.thrift", "struct A { 1: i32 a } struct B { 1: i64 b }");
  EXPECT_EQ(run("convert -s " + path("two.thrift") + " -t A --to-type B --from json --to json",
                R"({"a":1})")
                .out,
            R"({"b":1})");
  EXPECT_EQ(convert("json", "json", order, "--match name").code, 2);
  EXPECT_EQ(convert("json", "json", order, "--to-schema-format thrift").code, 2);
  EXPECT_EQ(convert("json", "json", order, to + "--to-type Nothing").code, 3);
  EXPECT_EQ(convert("json", "json", order, to + "--to-type i32").code, 3);
  EXPECT_EQ(convert("json", "json", order, "--to-schema " + path("no.thrift")).code, 4);
  const std::string dump = "dump " + schema() + "--type Order --from json " + to;
  EXPECT_EQ(run(dump + "--to thrift-binary").code, 0);
  EXPECT_EQ(run(dump + "--to record").code, 2);
}

TEST_F(Cli, DescribesWhatTypesAreWrittenWith) {
  save("t.thrift", R"(cpp_include "<vector>"
typedef list<i32> (x = "1") Numbers
struct T {
  1: Numbers numbers
  2: map cpp_type "std::unordered_map<int, int>" <i32, Numbers> all
  3: T & next
  4: i32 (y = "2") plain
  5: i64 quoted (api.js_conv = "")
}
service S {
  i32 call(1: T t) (streaming.mode = "server")
  oneway void ping()
})");
  const std::string command = "describe -s " + path("t.thrift") + " ";
  const nlohmann::json fields = nlohmann::json::parse(run(command + "--json T").out).at("fields");
  EXPECT_EQ(fields.at(0).at("type"), "list<i32>");
  EXPECT_EQ(fields.at(0).at("type_details").at("alias"), "Numbers");
  EXPECT_EQ(fields.at(0).at("type_details").at("annotations").at(0).at("name"), "x");
  EXPECT_EQ(fields.at(1).at("type_details").at("cpp_type"), "std::unordered_map<int, int>");
  EXPECT_EQ(fields.at(1).at("type_details").at("value").at("alias"), "Numbers");
  EXPECT_FALSE(fields.at(1).at("type_details").contains("key"));
  EXPECT_EQ(fields.at(2).at("reference"), true);
  EXPECT_FALSE(fields.at(2).contains("type_details"));
  EXPECT_EQ(fields.at(3).at("type_details").at("annotations").at(0).at("value"), "2");
  EXPECT_FALSE(fields.at(3).contains("reference"));
  EXPECT_FALSE(fields.at(3).contains("text_numbers"));
  EXPECT_EQ(fields.at(4).at("text_numbers"), true);
  EXPECT_NE(run(command + "T").out.find("t.T &"), std::string::npos);
  const nlohmann::json s = nlohmann::json::parse(run(command + "--json S").out).at("methods");
  EXPECT_EQ(s.at(0).at("streaming"), "server");
  EXPECT_EQ(s.at(0).at("throws"), nlohmann::json::array());
  EXPECT_EQ(s.at(1).at("oneway"), true);
  EXPECT_EQ(s.at(1).at("streaming"), "unary");
  EXPECT_EQ(nlohmann::json::parse(run(command + "--json S.ping").out).at("name"), "ping");
  const nlohmann::json all = nlohmann::json::parse(run(command + "--json").out);
  EXPECT_EQ(all.at("documents").at(0).at("cpp_includes").at(0), "<vector>");
  EXPECT_NE(run(command + "S").out.find("(streaming: server)"), std::string::npos);
}

TEST_F(Cli, PrintsSchemas) {
  const Ran thrift = run("print " + schema());
  EXPECT_EQ(thrift.code, 0) << thrift.err;
  save("again.thrift", thrift.out);
  EXPECT_EQ(run("print -s " + path("again.thrift")).out, thrift.out);
  EXPECT_NE(thrift.out.find("1: required string sku"), std::string::npos) << thrift.out;
  EXPECT_EQ(run("print " + schema() + "-o " + path("copy.thrift")).out, "");
  EXPECT_EQ(slurp(path("copy.thrift")), thrift.out);

  save("m.desc", std::string(descriptor_set));
  const Ran proto = run("print -s " + path("m.desc"));
  EXPECT_NE(proto.out.find("int32 id = 1;"), std::string::npos) << proto.out << proto.err;
  const Ran other = run("print --to thrift -s " + path("m.desc"));
  EXPECT_NE(other.out.find("1: i32 id"), std::string::npos) << other.out << other.err;
  const Ran rejected = run("print --to proto " + schema());
  EXPECT_EQ(rejected.code, 3);
  EXPECT_EQ(rejected.out, "");
  EXPECT_NE(rejected.err.find("orders.thrift: unsupported: orders."), std::string::npos)
      << rejected.err;

  save("main.thrift", "include \"orders.thrift\"\n/** Doc. */\nstruct A { 1: orders.Line line }");
  const std::string command = "print -s " + path("main.thrift") + " ";
  EXPECT_NE(run(command).out.find("Doc."), std::string::npos);
  EXPECT_EQ(run(command + "--no-docs").out.find("Doc."), std::string::npos);
  EXPECT_EQ(run(command + "--document orders").out, thrift.out);
  EXPECT_EQ(run(command + "--document " + path("orders.thrift")).out, thrift.out);
  const Ran none = run(command + "--document nothing");
  EXPECT_EQ(none.code, 3);
  EXPECT_NE(none.err.find("main.thrift"), std::string::npos) << none.err;
  EXPECT_EQ(run("print " + schema() + "-o " + path("no/folder")).code, 4);
}

TEST_F(Cli, DiffTellsWhetherSchemasAreCompatible) {
  save("old.thrift", "struct A { 1: i32 a }");
  fs::create_directory(work_ / "more");
  const auto diff = [&](const std::string& text, const std::string& more = "") {
    save("more/old.thrift", text);
    return run("diff " + more + " " + path("old.thrift") + " " + path("more/old.thrift"));
  };
  const Ran same = diff("struct A { 1: i32 a }");
  EXPECT_EQ(same.code, 0) << same.err;
  EXPECT_EQ(same.out, "no change\n");
  const Ran added = diff("struct A { 1: i32 a, 2: optional string b }");
  EXPECT_EQ(added.code, 0) << added.out;
  EXPECT_EQ(added.out,
            "old.A.b: field_added: - -> 2: optional string b (compatible)\ncompatible\n");
  const Ran type = diff("struct A { 1: string a }");
  EXPECT_EQ(type.code, 1);
  EXPECT_TRUE(type.out.ends_with("not compatible\n")) << type.out;
  const std::string required = "struct A { 1: i32 a, 2: required i32 b }";
  EXPECT_EQ(diff(required).code, 1);
  EXPECT_EQ(diff(required, "--direction backward").code, 1);
  EXPECT_EQ(diff(required, "--direction forward").code, 0);
  const std::string renamed = "struct A { 1: i32 z }";
  EXPECT_EQ(diff(renamed).code, 0);
  EXPECT_EQ(diff(renamed, "--json-text").code, 1);
  const nlohmann::json report = nlohmann::json::parse(diff(renamed, "--json --json-text").out);
  EXPECT_EQ(report.at("compatible"), false);
  EXPECT_EQ(report.at("changes").at(0).at("kind"), "field_name");
  EXPECT_EQ(report.at("changes").at(0).at("effect"), "JSON only");
  // A list of another kind of integer: Protobuf reads it, Thrift does not.
  const std::string wider = "struct A { 1: i64 a }";
  EXPECT_EQ(diff(wider, "--wire protobuf --direction backward").code, 0);
  EXPECT_EQ(diff(wider, "--wire thrift --direction backward").code, 1);
  EXPECT_EQ(diff("struct A { 1: ").code, 3);
  EXPECT_EQ(run("diff " + path("old.thrift") + " " + path("none.thrift")).code, 4);
  EXPECT_EQ(run("diff " + path("old.thrift")).code, 2);
  save("old.txt", "struct A { 1: i32 a }");
  EXPECT_EQ(run("diff --schema-format thrift " + path("old.txt") + " " + path("old.txt")).code, 0);
}

TEST_F(Cli, HelpNamesAllCommandsAndSwitches) {
  const std::string all = run("--help").out;
  for (const char* command : {"convert", "describe", "print", "diff", "dump", "bench", "call",
                              "serve", "frame", "doctor"}) {
    EXPECT_NE(all.find(std::string("\n  ") + command + " "), std::string::npos) << all;
  }
  const std::string help = run("convert --help").out;
  for (const char* option :
       {"--schema-format thrift|proto|descriptors", "--missing-includes error|warn",
        "--allow-negative-ids", "--to-schema FILE", "--to-type TYPE", "--match number|name",
        "--allow-partial", "--missing-required error|omit|zero", "--nulls drop|error|zero",
        "--no-check-unions", "--keep-unknown", "--no-validate-utf8"}) {
    EXPECT_NE(help.find(option), std::string::npos) << option << "\n" << help;
  }
}

TEST_F(Cli, DumpsProgramsAndCodeOfEveryCpu) {
  const std::string codec = "dump " + schema() + "--type Order --from json --to thrift-binary ";
  const Ran program = run(codec);
  EXPECT_EQ(program.code, 0) << program.err;
  EXPECT_NE(program.out.find("; 1: id"), std::string::npos) << program.out.substr(0, 2000);
  EXPECT_EQ(run(codec + "--program").out, program.out);
  const std::string help = run("dump --help").out;
  for (const wirejit::jit::CpuFacts& cpu : wirejit::jit::cpus()) {
    const std::string name(cpu.name);
    const Ran code = run(codec + "--cpu " + name);
    if (generates_code()) {
      EXPECT_NE(code.out.find(", " + name + "\n"), std::string::npos) << code.out << code.err;
    } else {
      EXPECT_NE(code.err.find("no code generator"), std::string::npos) << code.err;
    }
    EXPECT_NE(help.find(name + "|"), std::string::npos) << help;
  }
  if (generates_code()) {
    EXPECT_NE(run(codec + "--cpu x86_64").out.find("mov r"), std::string::npos);
    EXPECT_NE(run(codec + "--cpu aarch64").out.find("ldr x"), std::string::npos);
  }
  EXPECT_EQ(run(codec + "--cpu pdp11").code, 2);
  EXPECT_EQ(run("dump " + schema() + "--type Order --from json --to record").code, 0);
  EXPECT_EQ(run("dump " + schema() + "--type Order --from record --to json").code, 0);
}

TEST_F(Cli, BenchMeasuresConversionDecodingAndEncoding) {
  const std::string command =
      "bench --seconds 0.05 " + schema() + "--type Order --from json --to thrift-binary ";
  const Ran ran = run(command, order);
  EXPECT_EQ(ran.code, 0) << ran.err;
  for (const char* part :
       {"json -> thrift-binary", "json -> record", "record -> thrift-binary", "MB/s"}) {
    EXPECT_NE(ran.out.find(part), std::string::npos) << part << "\n" << ran.out;
  }
  EXPECT_EQ(run(command, "{").code, 1);
}

TEST_F(Cli, BenchSaysWhatIsTooLargeForMachineCode) {
  std::string fields;
  for (int i = 1; i <= 2000; ++i) {
    fields += std::to_string(i) + ": list<string> f" + std::to_string(i) + "\n";
  }
  save("large.thrift", "struct Large {\n" + fields + "}\n");
  const std::string command = "bench --seconds 0.05 --schema " + path("large.thrift") +
                              " --type Large --from json --to thrift-binary ";
  const Ran ran = run(command, "{}");
  EXPECT_EQ(ran.code, 0) << ran.err;
  const bool told = ran.out.find("are interpreted, as they are too large") != std::string::npos;
  EXPECT_EQ(told, generates_code()) << ran.out;
  if (generates_code()) {
    const Ran rejected = run(command + "--engine jit", "{}");
    EXPECT_EQ(rejected.code, 5) << rejected.err;
    EXPECT_NE(rejected.err.find("at most 20000"), std::string::npos) << rejected.err;
  }
}

TEST_F(Cli, DoctorSaysWhatRunsHere) {
  const Ran ran = run("doctor");
  EXPECT_EQ(ran.code, 0) << ran.err;
  for (const char* part : {"wirejit ", "cpu ", "cpu features", "executable memory", "engine "}) {
    EXPECT_NE(ran.out.find(part), std::string::npos) << part << "\n" << ran.out;
  }
  const char* reason = generates_code() ? "interpreter: WIREJIT_JIT=0" : "interpreter: no code";
  EXPECT_NE(run("doctor", "", "WIREJIT_JIT=0").out.find(reason), std::string::npos);
  EXPECT_TRUE(nlohmann::json::parse(run("doctor --json").out).contains("engine"));
}

// The process has one map, and the engine that is described has it.
TEST_F(Cli, DoctorSaysThatThereIsAPerfMap) {
  if (!generates_code()) GTEST_SKIP();
  const Ran ran = run("doctor", "", "echo $$ >" + path("pid") + "; WIREJIT_PERF_MAP=1 exec");
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_NE(ran.out.find(", with a perf map\n"), std::string::npos) << ran.out;
  EXPECT_NE(ran.out.find("WIREJIT_PERF_MAP=1\n"), std::string::npos) << ran.out;
  const std::string pid = slurp(path("pid"));
  EXPECT_TRUE(fs::remove("/tmp/perf-" + pid.substr(0, pid.find('\n')) + ".map"));
}

TEST_F(Cli, AReaderThatGoesAwayIsNoCrash) {
  std::string many = "[";
  for (int i = 0; i < 50000; ++i) many += R"({"id":123456789},)";
  many += R"({"id":1}])";
  save("many.json", many);
  const std::string command =
      "convert " + schema() + "--type 'list<Order>' --from json --to json " + path("many.json");
  const Ran ran = run(command + " 2>" + path("pipe_stderr") + " | head -c 5; true");
  EXPECT_EQ(ran.out, "[{\"id");
  EXPECT_EQ(slurp(path("pipe_stderr")), "");
}

TEST_F(Cli, FullDisksAreReported) {
  if (!fs::exists("/dev/full")) GTEST_SKIP();
  const Ran ran = convert("json", "json", order, "-o /dev/full");
  EXPECT_EQ(ran.code, 4);
  EXPECT_NE(ran.err.find("cannot write /dev/full"), std::string::npos) << ran.err;
}

// Three orders of which the second is not one, as lines.
const std::string three_lines = "{\"id\":7}\n{\"id\":\"x\"}\n\n{\"id\":9,\"lines\":[]}\n";

TEST_F(Cli, ConvertsStreamsInEveryFraming) {
  const std::string lines = order + "\n{\"id\":8,\"lines\":[]}\n";
  const std::string first = convert("json", "thrift-binary", order).out;
  const std::string second = convert("json", "thrift-binary", R"({"id":8,"lines":[]})").out;
  const auto length = [](const std::string& bytes) {
    return std::string(1, static_cast<char>(bytes.size()));
  };
  const Ran framed = convert("json", "thrift-binary", lines, "--stream ndjson:framed");
  EXPECT_EQ(framed.code, 0) << framed.err;
  EXPECT_EQ(framed.out, std::string(3, '\0') + length(first) + first + std::string(3, '\0') +
                            length(second) + second);
  const Ran delimited =
      convert("thrift-binary", "thrift-binary", framed.out, "--stream framed:delimited");
  EXPECT_EQ(delimited.code, 0) << delimited.err;
  EXPECT_EQ(delimited.out, length(first) + first + length(second) + second);
  save("orders.delimited", delimited.out);
  const Ran back = convert(
      "thrift-binary", "json", "",
      "--stream delimited:ndjson -o " + path("orders.ndjson") + " " + path("orders.delimited"));
  EXPECT_EQ(back.code, 0) << back.err;
  EXPECT_EQ(back.err + back.out, "");
  EXPECT_EQ(slurp(path("orders.ndjson")), lines);
  EXPECT_EQ(convert("json", "json", lines, "--stream ndjson").out, lines);
  EXPECT_EQ(convert("json", "json", "", "--stream ndjson").code, 0);
}

TEST_F(Cli, AStreamEndsAtTheFirstErrorAndKeepsWhatWasBeforeIt) {
  const Ran ran = convert("json", "json", three_lines, "--stream ndjson");
  EXPECT_EQ(ran.code, 1);
  EXPECT_EQ(ran.out, "{\"id\":7}\n");
  EXPECT_TRUE(ran.err.starts_with(
      "wirejit: <stdin>: invalid_number at byte 16 (line 2:8) in id: message 2 at byte 9: "))
      << ran.err;
  EXPECT_TRUE(ran.err.ends_with("\n  2 | {\"id\":\"x\"}\n    |        ^\n")) << ran.err;
}

TEST_F(Cli, ErrorsAreSkippedAndCountedWhereThatIsAskedFor) {
  const Ran ran = convert("json", "json", three_lines, "--stream ndjson --skip-errors");
  EXPECT_EQ(ran.code, 1);
  EXPECT_EQ(ran.out, "{\"id\":7}\n{\"id\":9,\"lines\":[]}\n");
  EXPECT_TRUE(ran.err.ends_with("^\nwirejit: <stdin>: skipped 1 of 3 messages\n")) << ran.err;
  std::string many;
  for (int i = 0; i < 25; ++i) many += "{\"id\":7}\n[]\n";
  const Ran counted = convert("json", "json", many, "--stream ndjson --skip-errors");
  EXPECT_EQ(counted.code, 1);
  EXPECT_EQ(std::count(counted.out.begin(), counted.out.end(), '\n'), 25);
  EXPECT_TRUE(counted.err.ends_with(
      "wirejit: <stdin>: skipped 25 of 50 messages; the first 10 errors are shown\n"))
      << counted.err;
  EXPECT_EQ(std::count(counted.err.begin(), counted.err.end(), '^'), 10);
  EXPECT_EQ(convert("json", "json", "{\"id\":7}\n", "--stream ndjson --skip-errors").code, 0);
}

TEST_F(Cli, MessagesBeyondTheLimitAreSkippedAndTruncatedStreamsEnd) {
  const std::string frame =
      convert("json", "thrift-binary", "{\"id\":7}\n", "--stream ndjson:framed").out;
  ASSERT_EQ(frame.size(), 4 + 12);
  const std::string large = std::string("\0\0\1\0", 4) + std::string(256, 'x');
  const Ran ran = convert("thrift-binary", "json", frame + large + frame + frame.substr(0, 9),
                          "--stream framed:ndjson --skip-errors --max-input 100");
  EXPECT_EQ(ran.code, 1);
  EXPECT_EQ(ran.out, "{\"id\":7}\n{\"id\":7}\n");
  EXPECT_EQ(
      ran.err,
      "wirejit: <stdin>: size_limit at byte 20: message 2 at byte 20: the length of 256 is "
      "beyond the limit of 100 bytes\n"
      "wirejit: <stdin>: truncated at byte 301: message 4 at byte 296: the stream ends inside "
      "the message\n"
      "wirejit: <stdin>: skipped 1 of 4 messages\n");
  const Ran content = convert("thrift-binary", "json", frame + std::string("\0\0\0\1\x0a", 5),
                              "--stream framed:ndjson");
  EXPECT_EQ(content.code, 1);
  EXPECT_NE(content.err.find("truncated at byte 21: message 2 at byte 20: "), std::string::npos)
      << content.err;
  EXPECT_NE(content.err.find("\n  00000014  0a"), std::string::npos) << content.err;
}

TEST_F(Cli, WrongUsesOfStreamsAreToldBeforeAnythingIsWritten) {
  EXPECT_EQ(convert("json", "json", order, "--stream lines").code, 2);
  EXPECT_EQ(convert("json", "json", order, "--stream ndjson:").code, 2);
  EXPECT_EQ(convert("json", "json", order, "--stream ndjson:framed:framed").code, 2);
  EXPECT_EQ(convert("json", "json", order, "--skip-errors").code, 2);
  EXPECT_EQ(convert("json", "json", order, "--stream ndjson --pretty").code, 2);
  const Ran binary = convert("json", "thrift-binary", order, "--stream ndjson");
  EXPECT_EQ(binary.code, 2);
  EXPECT_NE(binary.err.find("--to thrift-binary"), std::string::npos) << binary.err;
  EXPECT_EQ(convert("thrift-binary", "json", order, "--stream ndjson").code, 2);
  save("orders.ndjson", three_lines);
  const Ran same =
      convert("json", "json", "",
              "--stream ndjson -o " + path("orders.ndjson") + " " + path("orders.ndjson"));
  EXPECT_EQ(same.code, 2);
  EXPECT_NE(same.err.find("is the input, too"), std::string::npos) << same.err;
  EXPECT_EQ(slurp(path("orders.ndjson")), three_lines);
}

TEST_F(Cli, StreamsThatCannotBeReadOrWrittenAreToldOnce) {
  EXPECT_EQ(convert("json", "json", "", "--stream ndjson " + path("missing")).code, 4);
  const Ran folder = convert("json", "json", "", "--stream ndjson /");
  EXPECT_EQ(folder.code, 4);
  EXPECT_EQ(folder.err, "wirejit: message 1 at byte 0: cannot read /: Is a directory\n");
  std::string many;
  for (int i = 0; i < 20000; ++i) many += "{\"id\":123456789}\n";
  save("many.ndjson", many);
  const std::string command = "--stream ndjson " + path("many.ndjson");
  const Ran gone = run("convert " + schema() + "--type Order --from json --to json " + command +
                       " 2>" + path("pipe_stderr") + " | head -c 5; true");
  EXPECT_EQ(gone.out, "{\"id\"");
  EXPECT_EQ(slurp(path("pipe_stderr")), "");
  if (!fs::exists("/dev/full")) GTEST_SKIP();
  const Ran full = convert("json", "json", "", command + " -o /dev/full");
  EXPECT_EQ(full.code, 4);
  EXPECT_EQ(full.err,
            "wirejit: message 1 at byte 0: cannot write /dev/full: No space left on device\n");
}

// The guide's block of text that has --stream: its lines after "$ " are commands, which may go on
// after a backslash, and all others are what they print.
TEST_F(Cli, TheGuideShowsWhatStreamsPrint) {
  fs::copy_file("examples/orders.thrift", path("orders.thrift"),
                fs::copy_options::overwrite_existing);
  save("orders.ndjson", "{\"id\": 7}\n{\"id\": \"x\"}\n{\"id\": 9}\n");
  const std::string guide = slurp("docs/transcoding.md");
  const std::size_t stream = guide.find("--stream ndjson:framed");
  ASSERT_NE(stream, std::string::npos);
  const std::string begin = "```text\n";
  const std::size_t first = guide.rfind(begin, stream) + begin.size();
  std::istringstream block(guide.substr(first, guide.find("```", first) - first));
  std::string commands =
      "exec 2>&1\nwirejit() { " WIREJIT_TOOL " \"$@\"; }\ncd " + path(".") + "\n";
  std::string expected;
  bool goes_on = false;
  for (std::string line; std::getline(block, line);) {
    const bool is_command = line.starts_with("$ ");
    if (is_command || goes_on) {
      commands += (is_command ? line.substr(2) : line) + "\n";
    } else {
      expected += line + "\n";
    }
    goes_on = (is_command || goes_on) && line.ends_with('\\');
  }
  save("commands", commands);
  EXPECT_EQ(run("--version >" + path("version") + "; sh " + path("commands")).out, expected);
}

}  // namespace
}  // namespace wirejit::test
