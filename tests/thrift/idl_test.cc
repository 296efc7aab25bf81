// Loading of Thrift IDL: what is accepted and its meaning, what is rejected and with which message.
// Entry: groups by subject; tests/corpus/idl/bad holds texts with their expected diagnostics,
// rewritten when the environment has WIREJIT_BLESS set.
#include "tests/support/idl_generator.h"

#include <wirejit/thrift.h>

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>

namespace wirejit::thrift {
namespace {

Schema load(std::string_view text, const IdlOptions& options = {}) {
  Result<Schema> s = load_text(text, options);
  EXPECT_TRUE(s.has_value()) << (s ? "" : s.error().message());
  return s ? *s : Schema();
}

// The messages of the errors (not warnings) of a text, "line:column message".
std::vector<std::string> errors_of(std::string_view text, const IdlOptions& options = {}) {
  std::vector<Diagnostic> all;
  const Result<Schema> s = load_text(text, options, &all);
  std::vector<std::string> out;
  for (const Diagnostic& d : all) {
    if (d.severity != Severity::error) {
      continue;
    }
    out.push_back(std::to_string(d.line) + ":" + std::to_string(d.column) + " " + d.message);
  }
  EXPECT_EQ(s.has_value(), out.empty());
  return out;
}

std::vector<std::string> warnings_of(std::string_view text, const IdlOptions& options = {}) {
  std::vector<Diagnostic> all;
  EXPECT_TRUE(load_text(text, options, &all).has_value());
  std::vector<std::string> out;
  for (const Diagnostic& d : all) {
    out.push_back(std::to_string(d.line) + ":" + std::to_string(d.column));
  }
  return out;
}

const IdlOptions& thriftgo() {
  static const IdlOptions options{.family = Family::thriftgo};
  return options;
}

std::vector<int> ids(const Schema& s, std::string_view name) {
  std::vector<int> out;
  if (const auto t = s.find_struct(name)) {
    for (const Field& f : (*t)->fields) {
      out.push_back(f.id);
    }
  }
  return out;
}

const ConstValue& default_of(const Schema& s, std::string_view type, std::string_view field) {
  return *(*s.find_struct(type))->find(field)->default_value;
}

std::string read_text(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

// ---- What is accepted ----

TEST(Idl, KeepsFieldsWithTypesRequirednessAndPositions) {
  const Schema s = load(
      "struct A {\n  1: required i32 a,\n  2: optional map<string, list<B>> b\n  3: B c\n}\nstruct "
      "B {}");
  const StructType* a = &s.find_struct("A")->get();
  ASSERT_TRUE(a);
  EXPECT_EQ(a->full_name, "main.A");
  ASSERT_EQ(a->fields.size(), 3u);
  EXPECT_EQ(a->fields[0].requiredness, Requiredness::required);
  EXPECT_EQ(a->fields[1].requiredness, Requiredness::optional);
  EXPECT_EQ(a->fields[2].requiredness, Requiredness::standard);
  EXPECT_EQ(a->fields[1].type->to_string(), "map<string, list<main.B>>");
  EXPECT_EQ(a->fields[2].type->structure, &s.find_struct("main.B")->get());
  EXPECT_EQ(a->fields[1].position.line, 3u);
  EXPECT_EQ(a->fields[1].position.column, 25u + 11u);
  EXPECT_EQ(a->fields[1].position.file, "main.thrift");
}

TEST(Idl, RecursionIsAPointerToTheSameStruct) {
  const Schema s = load("struct A { 1: B b; 2: list<A> l } struct B { 1: A a }");
  const StructType* a = &s.find_struct("A")->get();
  EXPECT_EQ(a->fields[0].type->structure->fields[0].type->structure, a);
  EXPECT_EQ(a->fields[1].type->element->structure, a);
  EXPECT_EQ(a->fields[1].type->element, s.type_of(*a));
}

TEST(Idl, TypedefsAreResolvedAndKeepTheirName) {
  const Schema s =
      load("typedef T2 T1\ntypedef list<i32> (a='b') T2\nstruct A { 1: T1 x; 2: T2 y }");
  const StructType* a = &s.find_struct("A")->get();
  EXPECT_EQ(a->fields[0].type->kind, Kind::list);
  EXPECT_EQ(a->fields[0].type->alias, "T1");
  EXPECT_EQ(a->fields[1].type->alias, "T2");
  EXPECT_EQ(*find_annotation(a->fields[0].type->annotations, "a"), "b");
  EXPECT_EQ((*s.find_typedef("T2"))->type->alias, "");
}

TEST(Idl, ImplicitIdsCountDownInApacheAndUpInThriftgo) {
  const char* text = "struct A { i32 a, 5: i32 b, i32 c, -3: i32 d, i32 e }";
  EXPECT_EQ(ids(load(text), "A"), (std::vector<int>{-1, 5, -2, -3, -4}));
  EXPECT_EQ(ids(load("struct A { -3: i32 a, 0: i32 b }"), "A"), (std::vector<int>{-1, -2}));
  EXPECT_EQ(ids(load("struct A { -3: i32 a, i32 b }", {.allow_negative_ids = true}), "A"),
            (std::vector<int>{-3, -4}));
  EXPECT_EQ(ids(load(text, thriftgo()), "A"), (std::vector<int>{1, 5, 6, -3, -2}));
}

TEST(Idl, MethodsHaveStructsOfArgumentsAndReply) {
  const Schema s = load(
      "exception X {} service S { i32 f(1: i32 a, 2: optional i32 b) throws (1: X x), void g(), "
      "oneway void h(1: i32 z) }");
  const Service* service = &s.find_service("S")->get();
  const Method* f = service->find("f");
  ASSERT_TRUE(f && f->args && f->reply);
  EXPECT_EQ(f->args->name, "f_args");
  EXPECT_EQ(f->args->fields[1].requiredness, Requiredness::standard);
  EXPECT_EQ(f->reply->fields[0].name, "success");
  EXPECT_EQ(f->reply->fields[0].id, 0);
  EXPECT_EQ(f->reply->fields[1].type->structure, &s.find_struct("X")->get());
  EXPECT_EQ(f->reply->fields[1].requiredness, Requiredness::optional);
  EXPECT_TRUE(service->find("g")->reply->fields.empty());
  EXPECT_EQ(service->find("h")->reply, nullptr);
  EXPECT_TRUE(service->find("h")->oneway);
  EXPECT_FALSE(s.find_struct("f_args"));
  EXPECT_EQ(&s.find_struct("main.S.f_args")->get(), f->args);
  EXPECT_TRUE(s.type_of(*f->args));
}

TEST(Idl, ServicesInheritMethodsFromAnyPlace) {
  const Schema s =
      load("service A extends B { void a() } service B extends C {} service C { void c() }");
  EXPECT_TRUE((*s.find_service("A"))->find("c"));
  EXPECT_FALSE((*s.find_service("C"))->find("a"));
}

TEST(Idl, AnnotationsAreAcceptedAtAllLegalPlaces) {
  const Schema s = load(
      "namespace cpp x (n='1')\n"
      "typedef i32 (t='2') T (u='3')\nenum E { A (v='4') } (w='5')\n"
      "struct S { 1: list<i32 (e='6')> (l='7') a (f='8', f='9', g); 2: E (user='10') b } (s='11')\n"
      "service X { void m() (m='12') } (x='13')\nconst i32 C = 1 (c='14')\n");
  const auto value = [](const Annotations& all, const char* name) {
    return *find_annotation(all, name);
  };
  const StructType* t = &s.find_struct("S")->get();
  EXPECT_EQ(value(s.documents()[0].namespace_annotations[0], "n"), "1");
  EXPECT_EQ(value((*s.find_typedef("T"))->type->annotations, "t"), "2");
  EXPECT_EQ(value((*s.find_typedef("T"))->annotations, "u"), "3");
  EXPECT_EQ(value((*s.find_enum("E"))->values[0].annotations, "v"), "4");
  EXPECT_EQ(value((*s.find_enum("E"))->annotations, "w"), "5");
  EXPECT_EQ(value(t->fields[0].type->element->annotations, "e"), "6");
  EXPECT_EQ(value(t->fields[0].type->annotations, "l"), "7");
  EXPECT_EQ(t->fields[0].annotations, (Annotations{{"f", "8"}, {"f", "9"}, {"g", "1"}}));
  EXPECT_EQ(value(t->fields[0].annotations, "f"), "9");
  EXPECT_EQ(value(t->fields[1].type->annotations, "user"), "10");
  EXPECT_EQ(t->fields[1].type->enumeration, &s.find_enum("E")->get());
  EXPECT_EQ(value(t->annotations, "s"), "11");
  EXPECT_EQ(value((*s.find_service("X"))->methods[0].annotations, "m"), "12");
  EXPECT_EQ(value((*s.find_service("X"))->annotations, "x"), "13");
  EXPECT_EQ(value((*s.find_constant("C"))->annotations, "c"), "14");
}

TEST(Idl, JsonNamesComeFromAnnotations) {
  const Schema s = load(
      "struct A { 1: i32 a (json.name='x'); 2: i32 b (go.tag='json:\"y,omitempty\"'); 3: i32 c "
      "(go.tag='json:\"-\"');\n"
      "4: i32 d (go.tag='yaml:\"q\" json:\"z\"'); 5: i32 e (go.tag='myjson:\"q\"'); 6: i32 f "
      "(go.tag='json:\",string\"');\n"
      "7: i32 g (go.tag='json:\"a\"', json.name='gg') 8: i32 h (go.tag=\"json:\\\"hh\\\"\") }");
  std::string names;
  for (const Field& f : (*s.find_struct("A"))->fields) {
    names += f.json_name + " ";
  }
  EXPECT_EQ(names, "x y c z e f gg hh ");
}

TEST(Idl, JsonNamesComeFromAnnotationsOfGateways) {
  const Schema s = load(
      "struct A { 1: i32 a (api.key='x', go.tag='json:\"y\"'), 2: i32 b (go.tag='json:\"z\"', "
      "api.key='k'), 3: i32 c (agw.key='g', go.tag='yaml:\"q\"'), 4: i32 d (api.key='n', "
      "json.name='j', api.key='m') }\n"
      "struct Snake { 1: i32 userID, 2: i32 HTTPServer, 3: i32 plain_name (api.key='Own'), 4: i32 "
      "isOn (agw.to_snake='false'), 5: i32 on_air (janus.to_lower_camel_case='true') } "
      "(agw.to_snake='')\n"
      "struct Camel { 1: i32 user_id, 2: i32 HTTPServer, 3: i32 _a, 4: i32 Twice, 5: i32 twice } "
      "(janus.to_lower_camel_case='true')\n"
      "service S { void f(1: i32 userName) (agw.to_lower_camel_case='true') void g(1: i32 "
      "userName) "
      "} (agw.to_snake='true')");
  const auto names = [&](const StructType& type) {
    std::string all;
    for (const Field& f : type.fields) {
      all += f.json_name + " ";
    }
    return all;
  };
  EXPECT_EQ(names(**s.find_struct("A")), "y k g j ");
  EXPECT_EQ(names(**s.find_struct("Snake")), "user_id http_server Own isOn onAir ");
  EXPECT_EQ(names(**s.find_struct("Camel")), "userId httpServer _a Twice twice ");
  const ServiceRef service = s.find_service("S").value();
  EXPECT_EQ(names(*service->find("f")->args), "userName ");
  EXPECT_EQ(names(*service->find("g")->args), "user_name ");
}

TEST(Idl, NumbersThatAreTextInJson) {
  const Schema s = load(
      "struct A { 1: i64 a (api.js_conv=''), 2: i64 b (agw.js_conv='true'), 3: i64 c (js_conv='') "
      "}");
  const StructRef a = s.find_struct("A").value();
  EXPECT_TRUE(a->fields[0].text_numbers);
  EXPECT_TRUE(a->fields[1].text_numbers);
  EXPECT_FALSE(a->fields[2].text_numbers);
}

// A field that loses its alias takes back its own name, which is the alias of another one.
TEST(Idl, ClashingJsonNamesGoBackInTurn) {
  const Schema s = load(
      "struct N { 1: i32 a (api.key='b'), 2: i32 b (api.key='c'), 3: i32 c, 4: i32 d "
      "(api.key='a') }");
  std::string names;
  for (const Field& f : (*s.find_struct("N"))->fields) {
    names += f.json_name + " ";
  }
  EXPECT_EQ(names, "a b c d ");
}

TEST(Idl, ClashingJsonNamesAreAnErrorUnlessAGoTagMadeThem) {
  const Schema s = load("struct A { 1: i32 a (go.tag='json:\"b\"'); 2: i32 b }");
  EXPECT_EQ((*s.find_struct("A"))->fields[0].json_name, "a");
  EXPECT_EQ(errors_of("struct A { 1: i32 a (json.name='b'); 2: i32 b }").size(), 1u);
  // They are copied into JSON unchanged.
  EXPECT_EQ(errors_of("struct A { 1: i32 a (json.name='\xd8\x90\x92') }").size(), 1u);
  EXPECT_EQ(errors_of("struct A { 1: i32 a (go.tag='json:\"\xff\"') }").size(), 1u);
  EXPECT_EQ(
      errors_of(
          "exception X {} service S { i32 f() throws (1: X success (json.name='y'), 2: X y) }")
          .size(),
      1u);
}

TEST(Idl, StringConstantsAreTextAndBinaryOnesAreBytes) {
  EXPECT_EQ(errors_of("struct A { 1: binary a = '\xff' }").size(), 0u);
  EXPECT_EQ(errors_of("const binary B = '\xff'\nconst string S = 'x'\nconst string T = B").size(),
            1u);
  EXPECT_EQ(
      errors_of("struct A {\n1: list<string> a = ['b', '\xff'] }"),
      std::vector<std::string>{"2:27 found the string '\xff', expected text in UTF-8, or the type "
                               "binary"});
}

TEST(Idl, DefaultsAndConstantsAreResolved) {
  const Schema s = load(
      "enum E { A = 3, B } const i32 K = 7 const list<i32> L = [1, K, E.B]\n"
      "struct P { 1: i32 x; 2: E e } const P PT = {'x': K, 'e': E.B} const map<E, P> M = {E.A: "
      "{'x': 1}, 4: PT}\n"
      "struct S { 1: i32 a = K; 2: double b = K; 3: list<i32> c = L; 4: P d = PT; 5: E e = E.A; 6: "
      "E f = 4; 7: bool g = K;\n"
      "8: string h = \"q\\n'\"; 9: i64 i = E.B; 10: LATE j = LATER } typedef i32 LATE const i32 "
      "LATER = -9");
  EXPECT_EQ(std::get<std::int64_t>(default_of(s, "S", "a").value), 7);
  EXPECT_EQ(std::get<double>(default_of(s, "S", "b").value), 7.0);
  EXPECT_EQ(default_of(s, "S", "c"), (*s.find_constant("L"))->value);
  EXPECT_EQ(std::get<ConstValue::List>(default_of(s, "S", "c").value)[2].value,
            ConstValue{std::int64_t{4}}.value);
  EXPECT_EQ(default_of(s, "S", "d"), (*s.find_constant("PT"))->value);
  EXPECT_EQ(std::get<std::int64_t>(default_of(s, "S", "e").value), 3);
  EXPECT_EQ(std::get<std::int64_t>(default_of(s, "S", "f").value), 4);
  EXPECT_TRUE(std::get<bool>(default_of(s, "S", "g").value));
  EXPECT_EQ(std::get<std::string>(default_of(s, "S", "h").value), "q\n'");
  EXPECT_EQ(std::get<std::int64_t>(default_of(s, "S", "i").value), 4);
  EXPECT_EQ(std::get<std::int64_t>(default_of(s, "S", "j").value), -9);
  EXPECT_EQ(std::get<ConstValue::Map>((*s.find_constant("M"))->value.value)[1].second,
            (*s.find_constant("PT"))->value);
}

TEST(Idl, UuidsAreKeptInOneForm) {
  const Schema s =
      load("const uuid U = '{00112233-4455-6677-8899-AABBCCDDEEFF}' struct A { 1: uuid uuid }");
  EXPECT_EQ(std::get<std::string>((*s.find_constant("U"))->value.value),
            "00112233-4455-6677-8899-aabbccddeeff");
  EXPECT_EQ((*s.find_struct("A"))->fields[0].type->kind, Kind::uuid);
  EXPECT_EQ(errors_of("const uuid U = '00112233'").size(), 1u);
}

TEST(Idl, KeywordsMayNameMembersButNotTypes) {
  const Schema s = load(
      "struct A { 1: i32 list; 2: string required; 3: i8 struct } enum E { map, enum = 4, set }");
  EXPECT_EQ((*s.find_struct("A"))->fields[2].name, "struct");
  EXPECT_EQ((*s.find_enum("E"))->find("enum")->number, 4);
  EXPECT_EQ(errors_of("struct list {}").size(), 1u);
}

TEST(Idl, ReferencesAndCppTypesAreKept) {
  const Schema s = load(
      "struct A { 1: A & r; 2: list<i32> cpp_type 'X' l; 3: list cpp_type 'Y' <i32> m; 4: "
      "list<i32> n }");
  const StructType* a = &s.find_struct("A")->get();
  EXPECT_TRUE(a->fields[0].reference);
  EXPECT_FALSE(a->fields[1].reference);
  EXPECT_EQ(a->fields[1].type->cpp_type, "X");
  EXPECT_EQ(a->fields[2].type->cpp_type, "Y");
  EXPECT_EQ(a->fields[3].type->cpp_type, "");
}

TEST(Idl, MethodsAreFoundUnderTheServiceThatInheritsThem) {
  const Schema s = load(R"(
    exception E {}
    service Base { i32 old(1: string a, 2: list<i32> b) throws (1: E e), void nothing() }
    service Shop extends Base { oneway void ping(1: bool now) }
  )");
  const StructType& result = *s.find_struct("Shop.old.result").value();
  EXPECT_EQ(ids(s, "Shop.old.args"), (std::vector{1, 2}));
  EXPECT_EQ(ids(s, "Shop.old.result"), (std::vector{0, 1}));
  EXPECT_EQ(result.fields[0].name, "success");
  for (const Field& f : result.fields) {
    EXPECT_EQ(f.requiredness, Requiredness::optional);
  }
  EXPECT_TRUE(s.find_struct("Shop.nothing.result").value()->fields.empty());
  EXPECT_EQ(ids(s, "Shop.ping.args"), std::vector{1});
  EXPECT_EQ(s.find_struct("Shop.ping.result").error().message(),
            "the method 'Shop.ping' is oneway, so it has no result");
  EXPECT_FALSE(s.find_struct("Base.ping.args"));
}

TEST(Idl, StreamingModesAreThoseOfTheAnnotation) {
  const char* text = R"(
    service S {
      i32 a(1: i32 x) (streaming.mode = "unary"),
      i32 b(1: i32 x) (streaming.mode = "client"),
      i32 c(1: i32 x) (streaming.mode = "server"),
      i32 d(1: i32 x) (streaming.mode = "bidirectional"),
      i32 e(1: i32 x),
    })";
  for (const IdlOptions& options : {IdlOptions(), thriftgo()}) {
    const Schema s = load(text, options);
    std::string modes;
    for (const Method& m : (*s.find_service("S"))->methods) {
      modes += std::string(to_string(m.streaming())) + " ";
    }
    EXPECT_EQ(modes, "unary client server bidirectional unary ");
  }
}

TEST(Idl, WrongStreamingModesAreErrorsWhereTheyHaveAMeaning) {
  const struct {
    const char* method;
    const char* message;
  } cases[] = {
      {"i32 a(1: i32 x) (streaming.mode = \"both\")",
       "unknown streaming.mode; expected unary, client, server or bidirectional"},
      {"i32 a() (streaming.mode = \"client\")",
       "a method with a streaming.mode has exactly one argument"},
      {"i32 a(1: i32 x, 2: i32 y) (streaming.mode = \"server\")",
       "a method with a streaming.mode has exactly one argument"},
      {"oneway void a(1: i32 x) (streaming.mode = \"client\")",
       "a method with a streaming.mode cannot be oneway"},
  };
  for (const auto& c : cases) {
    const std::string text = std::string("service S { ") + c.method + " }";
    const std::vector<std::string> errors = errors_of(text, thriftgo());
    ASSERT_EQ(errors.size(), 1U) << c.method;
    EXPECT_NE(errors[0].find(c.message), std::string::npos) << errors[0];
    EXPECT_EQ(warnings_of(text).size(), 1U) << c.method;
    EXPECT_EQ((*load(text).find_service("S"))->methods[0].streaming(), Streaming::unary);
  }
}

TEST(Idl, DocumentationIsCleaned) {
  const Schema s = load(
      "/** file */\nnamespace cpp x\n/**\n * one\n *   two\n */\nstruct A {\n  /** of a */ 1: i32 "
      "a\n  2: i32 b }");
  EXPECT_EQ(s.documents()[0].doc, "file\n");
  EXPECT_EQ((*s.find_struct("A"))->doc, "one\n  two\n");
  EXPECT_EQ((*s.find_struct("A"))->fields[0].doc, "of a\n");
  EXPECT_EQ((*s.find_struct("A"))->fields[1].doc, "");
}

TEST(Idl, TheTwoFamiliesReadNumbersAndStringsDifferently) {
  const char* text = "const i32 A = 0755 const string S = 'a\\\\b\\'c'";
  const Schema apache = load(text);
  const Schema go = load(text, thriftgo());
  EXPECT_EQ(std::get<std::int64_t>((*apache.find_constant("A"))->value.value), 755);
  EXPECT_EQ(std::get<std::int64_t>((*go.find_constant("A"))->value.value), 493);
  EXPECT_EQ(std::get<std::string>((*apache.find_constant("S"))->value.value), "a\\b'c");
  EXPECT_EQ(std::get<std::string>((*go.find_constant("S"))->value.value), "a\\\\b'c");
  EXPECT_TRUE(errors_of("service S { oneway i32 f() }").empty());
  EXPECT_EQ(errors_of("service S { oneway i32 f() }", thriftgo()).size(), 1u);
}

TEST(Idl, ReadsTheThriftgoCorpus) {
  const Result<Schema> s = load_file("tests/corpus/idl/thriftgo/kitex.thrift", thriftgo());
  ASSERT_TRUE(s.has_value()) << s.error().message();
  EXPECT_EQ(ids(*s, "Request"), (std::vector<int>{1, 2, 3, 10, 11, 493, -1, 30}));
  const StructType* request = &s->find_struct("Request")->get();
  EXPECT_EQ(request->fields[0].json_name, "user_id");
  EXPECT_EQ(*find_annotation(request->fields[1].type->annotations, "api.query"), "other");
  EXPECT_EQ(std::get<std::string>(request->fields[7].default_value->value), "^\\d+\\.\\w$");
  EXPECT_EQ(std::get<std::string>((*s->find_constant("LINES"))->value.value), "one\ntwo");
  EXPECT_EQ(std::get<std::int64_t>((*s->find_constant("FORWARD"))->value.value), 8);
  const Service* front = &s->find_service("Front")->get();
  EXPECT_EQ(front->methods[0].args->fields[2].id, 6);
  EXPECT_EQ(front->methods[1].args->fields[0].name, "namespace");
  EXPECT_TRUE(front->find("ping"));
}

// ---- Includes ----

TEST(IdlIncludes, AreFoundBesideTheFileThenInThePathsThenAsWritten) {
  const std::map<std::string, std::string> texts = {
      {"a/main.thrift",
       "include 'sub/x.thrift' include '../b/y.thrift' include 'z.thrift'\n"
       "struct M { 1: x.X x; 2: y.Y y; 3: z.Z z }"},
      {"a/sub/x.thrift", "struct X {}"},
      {"b/y.thrift", "include '../a/sub/x.thrift' struct Y { 1: x.X x }"},
      {"idl/z.thrift", "struct Z {}"}};
  const Result<Schema> s = load_map(texts, "a/main.thrift", {.include_paths = {"none", "idl"}});
  ASSERT_TRUE(s.has_value()) << s.error().message();
  EXPECT_EQ(s->documents().size(), 4u);
  EXPECT_EQ(s->documents()[0].name, "main");
  EXPECT_EQ(s->documents()[0].includes.size(), 3u);
  EXPECT_EQ((*s->find_struct("y.Y"))->fields[0].type->structure, &s->find_struct("x.X")->get());
  EXPECT_EQ(s->find_struct("X"), s->find_struct("x.X"));
}

TEST(IdlIncludes, NamesOfIncludesOfIncludesAreNotSeen) {
  const std::map<std::string, std::string> texts = {
      {"m.thrift", "include 'a.thrift' struct M { 1: b.B b }"},
      {"a.thrift", "include 'b.thrift'"},
      {"b.thrift", "struct B {}"}};
  const Result<Schema> s = load_map(texts, "m.thrift");
  ASSERT_FALSE(s.has_value());
  EXPECT_EQ(s.error().code(), Errc::schema_invalid);
}

TEST(IdlIncludes, CyclesAreErrorsThatNameTheInclude) {
  const Result<Schema> s = load_map(
      {{"a.thrift", "include 'b.thrift'"}, {"b.thrift", "\ninclude 'a.thrift'"}}, "a.thrift");
  ASSERT_FALSE(s.has_value());
  EXPECT_TRUE(
      s.error().message().starts_with("b.thrift:2:9: error: includes form a cycle; 'a.thrift'"))
      << s.error().message();
  EXPECT_FALSE(load_map({{"a.thrift", "include 'a.thrift'"}}, "a.thrift").has_value());
}

TEST(IdlIncludes, MissingOnesAreErrorsOrWarnings) {
  EXPECT_EQ(errors_of("include 'nope.thrift' struct A { 1: nope.T t }").size(), 1u);
  std::vector<Diagnostic> all;
  EXPECT_TRUE(load_text("include 'nope.thrift'", {.require_includes = false}, &all).has_value());
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].severity, Severity::warning);
  EXPECT_EQ(load_file("no/such.thrift").error().code(), Errc::io);
  EXPECT_EQ(load_file("tests").error().code(), Errc::io);
  EXPECT_EQ(load_map({}, "x").error().code(), Errc::io);
}

TEST(IdlIncludes, AMissingOneIsReportedOnceWhereItIsFirstNamed) {
  std::vector<Diagnostic> all;
  EXPECT_FALSE(load_map({{"m.thrift", "include 'a.thrift'\ninclude 'nope.thrift'"},
                         {"a.thrift", "\n\ninclude 'nope.thrift'"}},
                        "m.thrift", {}, &all)
                   .has_value());
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].file, "a.thrift");  // which is read before the main file's second line
  EXPECT_EQ(all[0].line, 3u);
  EXPECT_NE(all[0].message.find("cannot find the file 'nope.thrift'"), std::string::npos);
}

// As in Apache's own EnumTest.thrift, DocTest.thrift and Include.thrift: its compiler looks at the
// last part of such a name only.
TEST(IdlConstants, AnEnumMemberIsFoundByTheLastPartOfItsNameWithAWarning) {
  std::vector<Diagnostic> all;
  const Result<Schema> s = load_map({{"m.thrift", R"(include 'other.thrift'
enum One { A = 1, B = 2 }
enum Two { B = 7, C = 8 }
struct S {
  1: Two wrong_enum = One.C,
  2: Two both_have_it = One.B,
  3: other.Far without_file = Far.X,
  4: Two no_such_file = shared.C,
  5: Two plain = Two.C,
  6: other.Far full = other.Far.X,
}
)"},
                                     {"other.thrift", "enum Far { X = 5 }"}},
                                    "m.thrift", {}, &all);
  ASSERT_TRUE(s.has_value()) << s.error().message();
  const std::int64_t expected[] = {8, 7, 5, 8, 8, 5};
  const StructType& type = *s->find_struct("S");
  for (std::size_t i = 0; i < std::size(expected); ++i) {
    ASSERT_TRUE(type.fields[i].default_value) << type.fields[i].name;
    EXPECT_EQ(std::get<std::int64_t>(type.fields[i].default_value->value), expected[i])
        << type.fields[i].name;
  }
  ASSERT_EQ(all.size(), 4u);
  EXPECT_EQ(all[0].severity, Severity::warning);
  EXPECT_EQ(all[0].message, "'One.C' names no member of the enum 'Two'; it is read as 'Two.C'");
}

TEST(IdlConstants, AnEnumMemberThatTheFieldsEnumLacksStaysAnError) {
  EXPECT_EQ(errors_of("enum E { A } struct S { 1: E e = Other.B }").size(), 1u);
  EXPECT_EQ(errors_of("enum E { A } struct S { 1: E e = A }").size(), 1u);
  EXPECT_EQ(errors_of("enum E { A } struct S { 1: i32 e = Other.A }").size(), 1u);
}

TEST(IdlErrors, HavePlainMessages) {
  const std::pair<const char*, const char*> cases[] = {
      {"struct A { 1: B b }", "1:15 unknown type 'B'"},
      {"struct A { 1: i32 x, 1: i32 y }", "1:22 duplicate field id 1; first used by 'x'"},
      {"struct A { 1: i32 x\n2: i32 x }", "2:1 duplicate field 'x'; also declared on line 1"},
      {"struct A {}\nenum A { X }", "1:8 duplicate type or service 'A'; also declared on line 2"},
      {"enum E { X,\nX }", "2:1 duplicate enum member 'X'; also declared on line 1"},
      {"service S extends T {}", "1:19 unknown service 'T'"},
      {"struct T {} service S extends T {}", "1:31 'T' is a type; expected a service"},
      {"const i32 A = A", "1:11 the constant 'A' refers to itself"},
      {"service S { void m() throws (1: i32 e) }",
       "1:33 'i32' is not an exception; only exceptions can be thrown"},
      {"struct A { 40000: i32 x }", "1:12 the field id 40000 does not fit into 16 bits"},
  };
  for (const auto& [text, message] : cases) {
    const std::vector<std::string> errors = errors_of(text);
    ASSERT_FALSE(errors.empty()) << text;
    EXPECT_TRUE(std::find(errors.begin(), errors.end(), message) != errors.end())
        << text << "\n"
        << errors[0] << "\n"
        << message;
  }
}

TEST(IdlIncludes, SameNamesInTwoFilesStayApart) {
  const Result<Schema> s =
      load_map({{"m.thrift", "include 'a.thrift' include 'b.thrift' struct M {}"},
                {"a.thrift", "struct T {} struct M {}"},
                {"b.thrift", "struct T {}"}},
               "m.thrift");
  ASSERT_TRUE(s.has_value());
  EXPECT_FALSE(s->find_struct("T"));
  EXPECT_NE(s->find_struct("a.T"), s->find_struct("b.T"));
  EXPECT_EQ(s->find_struct("M"), s->find_struct("m.M"));
}

// ---- What is rejected ----

TEST(IdlErrors, ShowTheLineWithACaret) {
  const Result<Schema> s = load_text("struct A {\n\t1: i32 ;\n}");
  ASSERT_FALSE(s.has_value());
  EXPECT_EQ(s.error().code(), Errc::schema_syntax);
  EXPECT_EQ(s.error().line(), 2u);
  EXPECT_EQ(s.error().column(), 9u);
  EXPECT_EQ(s.error().offset(), 19u);
  EXPECT_EQ(s.error().message(),
            "main.thrift:2:9: error: found ';', expected the name of the field\n"
            "   2 | \t1: i32 ;\n"
            "     | \t       ^");
}

TEST(IdlErrors, LongAndBinaryLinesAreClippedAndCleaned) {
  const std::string text = std::string(100000, ' ') + "\x01" + std::string(100000, 'x');
  const Result<Schema> s = load_text(text);
  ASSERT_FALSE(s.has_value());
  EXPECT_LT(s.error().message().size(), 1000u);
  for (const char c : s.error().message()) {
    EXPECT_TRUE(c == '\n' || static_cast<unsigned char>(c) >= 0x20);
  }
}

TEST(IdlErrors, SeveralAreReportedInOneRunUpToTheLimit) {
  EXPECT_EQ(
      errors_of("struct A { 1: i32 }\nstruct B { 1: i32 b = }\nenum {}\nstruct C { 1: i32 c }")
          .size(),
      3u);
  std::string many;
  for (int i = 0; i < 1000; ++i) {
    many += "struct A" + std::to_string(i) + " { 1: }\n";
  }
  EXPECT_EQ(errors_of(many).size(), 20u);
  IdlOptions options;
  options.limits.errors = 3;
  EXPECT_EQ(errors_of(many, options).size(), 3u);
}

TEST(IdlErrors, ASyntaxErrorDoesNotMakeUnknownNames) {
  EXPECT_EQ(errors_of("struct {}\nstruct B { 1: A a }\nconst i32 X = Y").size(), 1u);
}

TEST(IdlErrors, CorpusGivesTheExpectedDiagnostics) {
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator("tests/corpus/idl/bad")) {
    if (entry.path().extension() != ".thrift") {
      continue;
    }
    SCOPED_TRACE(entry.path().string());
    ++files;
    IdlOptions options;
    options.text_name = entry.path().filename().string();
    const Result<Schema> s = load_text(read_text(entry.path().string()), options);
    ASSERT_FALSE(s.has_value());
    const std::string expected =
        std::filesystem::path(entry.path()).replace_extension(".expected").string();
    const std::string found = s.error().message() + "\n";
    if (std::getenv("WIREJIT_BLESS")) {
      std::ofstream(expected, std::ios::binary) << found;
    }
    EXPECT_EQ(found, read_text(expected));
  }
  EXPECT_GE(files, 3);
}

TEST(IdlErrors, ReservedWordsAreAnOption) {
  const char* text = "struct A { 1: i32 self }";
  EXPECT_EQ(warnings_of(text), std::vector<std::string>{"1:19"});
  EXPECT_TRUE(warnings_of(text, {.reserved_words = ReservedWords::allow}).empty());
  EXPECT_EQ(errors_of(text, {.reserved_words = ReservedWords::reject}).size(), 1u);
}

class IdlRejected : public ::testing::TestWithParam<const char*> {};
TEST_P(IdlRejected, WithOneError) {
  const auto errors = errors_of(GetParam());
  EXPECT_EQ(errors.size(), 1u) << GetParam();
  for (const std::string& e : errors) {
    // The message says what was found, or names the declaration.
    const std::string message = e.substr(e.find(' '));
    EXPECT_TRUE(message.find("found") != std::string::npos ||
                message.find_first_of("'0123456789") != std::string::npos)
        << e;
  }
}
INSTANTIATE_TEST_SUITE_P(
    Texts, IdlRejected,
    ::testing::Values(
        "struct A { 1: i32 a,, }", "struct A {};", "struct A { 1: void a }",
        "struct A { 1: i32 a.b }", "struct A.B {}", "const i32 A", "const i32 A = 1.5",
        "const i64 A = 9223372036854775808", "const double A = 1e999", "const double A = -",
        "const string A = 'x", "const string A = \"x\ny\"", "const string A = '\\u0041'",
        "const bool A = 'x'", "const list<i32> A = {1: 2}", "const map<i32, i32> A = [1]",
        "const i32 A = B", "const i32 A = A", "enum E { A, A }", "enum E { A = 2147483648 }",
        "enum E { A = 1.5 }", "struct A { 1: i32 a; 1: i32 b }", "struct A { 1: i32 a; 2: i32 a }",
        "struct A { 99999: i32 a }", "struct A {} enum A {}", "struct A { 1: i32 a = 2147483648 }",
        "union U { 1: i32 a = 1; 2: i32 b = 2 }", "typedef A A struct B { 1: i32 a }",
        "service S { void f(), void f() }",
        "service S { oneway void f() throws (1: X x) } exception X {}",
        "service S { void f() throws (1: A a) } struct A {}", "service S extends A {} struct A {}",
        "service S {} struct A { 1: S s }", "struct A { 1: list<> a }",
        "struct A { 1: map<i32> a }", "struct A { 1: i32 a ", "service S { void f( }", "struct",
        "namespace cpp", "include x", "struct A {} namespace cpp x", "/* open", "@x struct A {}",
        "struct A (a = 1) {}", "struct A { 1: i32 a (a = 1) }", "const string A = \"\xEF\xBB\xBF",
        "\xFF\xFE", "}", "5", "enum E { A struct B {} }"));

// ---- Hostile texts ----

TEST(IdlHostile, NestingIsLimitedEverywhere) {
  const auto nested = [](const char* open, const char* middle, const char* close, int n) {
    std::string s;
    for (int i = 0; i < n; ++i) {
      s += open;
    }
    s += middle;
    for (int i = 0; i < n; ++i) {
      s += close;
    }
    return s;
  };
  for (const int n : {100, 100000}) {
    EXPECT_FALSE(errors_of("struct A { 1: " + nested("list<", "i32", ">", n) + " a }").empty());
    EXPECT_FALSE(errors_of("const list<i32> A = " + nested("[", "1", "]", n)).empty());
    EXPECT_FALSE(errors_of("const list<i32> A = " + nested("{1:", "1", "}", n)).empty());
    EXPECT_FALSE(
        errors_of("struct A { 1: i32 a " + nested("xsd_attrs { 1: i32 b ", "", "}", n) + " }")
            .empty());
    EXPECT_FALSE(errors_of(nested("struct A {", "", "}", n)).empty());
    EXPECT_FALSE(errors_of(nested("(", "", ")", n)).empty());
  }
  EXPECT_TRUE(errors_of("struct A { 1: " + nested("list<", "i32", ">", 40) + " a }").empty());
}

TEST(IdlHostile, ChainsOfDeclarationsNeitherOverflowNorExplode) {
  std::string typedefs = "typedef i32 T0\n", forward, doubling = "typedef i32 D0\n",
              consts = "const list<i32> C0 = [1]\n";
  std::string services, structs, const_chain = "const i32 K0 = 1\n", const_forward;
  for (int i = 1; i < 20000; ++i) {
    const std::string n = std::to_string(i), before = std::to_string(i - 1),
                      after = std::to_string(i + 1);
    typedefs += "typedef T" + before + " T" + n + "\n";
    forward += "typedef F" + after + " F" + n + "\n";
    services += "service S" + n + " extends S" + after + " {}\n";
    structs += "struct A" + n + " { 1: A" + after + " a }\n";
    const_chain += "const i32 K" + n + " = K" + before + "\n";
    const_forward += "const i32 K" + n + " = K" + after + "\n";
    if (i < 60) {
      doubling += "typedef map<D" + before + ", D" + before + "> D" + n + "\n";
    }
    if (i < 60) {
      consts += "const list<list<i32>> L" + n + " = [C0]\n";
    }
  }
  EXPECT_TRUE(errors_of(typedefs).empty());
  EXPECT_FALSE(errors_of(forward + "typedef i32 F20000").empty());
  EXPECT_TRUE(errors_of(services + "service S20000 {}").empty());
  EXPECT_TRUE(errors_of(structs + "struct A20000 {}").empty());
  EXPECT_TRUE(errors_of(const_chain).empty());
  EXPECT_FALSE(errors_of(const_forward + "const i32 K20000 = 1").empty());
  EXPECT_FALSE(errors_of(doubling).empty());
  EXPECT_TRUE(errors_of(consts).empty());
}

TEST(IdlHostile, ConstantsOfConstantsAreLimited) {
  std::string text = "struct N { 1: optional N a; 2: optional N b }\nconst N C0 = {}\n";
  for (int i = 1; i < 64; ++i) {
    const std::string before = "C" + std::to_string(i - 1);
    text += "const N C" + std::to_string(i) + " = {'a': " + before + ", 'b': " + before + "}\n";
  }
  std::vector<Diagnostic> all;
  const Result<Schema> s = load_text(text, {}, &all);
  ASSERT_FALSE(s.has_value());
  EXPECT_EQ(s.error().code(), Errc::size_limit);
}

TEST(IdlHostile, LimitsOfSizeAndCountHold) {
  IdlOptions options;
  options.limits.file_bytes = 10;
  EXPECT_EQ(load_text("struct A { }", options).error().code(), Errc::size_limit);
  options = {};
  options.limits.declarations = 10;
  EXPECT_EQ(load_text(test::plain_idl(2, 10), options).error().code(), Errc::size_limit);
  options = {};
  options.limits.include_depth = 1;
  const std::map<std::string, std::string> chain = {
      {"a", "include 'b'"}, {"b", "include 'c'"}, {"c", ""}};
  EXPECT_EQ(load_map(chain, "a", options).error().code(), Errc::size_limit);
  EXPECT_TRUE(load_map(chain, "a").has_value());
}

TEST(IdlHostile, EveryTruncationAndManyMutationsLoadOrFail) {
  const std::string text = read_text("tests/corpus/idl/thriftgo/kitex.thrift") +
                           read_text("tests/corpus/idl/types.thrift");
  for (std::size_t n = 0; n < text.size(); ++n) {
    static_cast<void>(load_text(text.substr(0, n)));
    static_cast<void>(load_text(text.substr(n), thriftgo()));
  }
  std::mt19937_64 random(7);
  static constexpr std::string_view pieces = "{}()[]<>,;:='\"\\/*#@&.-+0a \n\x80";
  int rejected = 0;
  for (int round = 0; round < 5000; ++round) {
    std::string mutant = text;
    for (int i = 0; i < 3; ++i) {
      mutant[random() % mutant.size()] = pieces[random() % pieces.size()];
    }
    if (!load_text(mutant, thriftgo())) {
      ++rejected;
    }
  }
  EXPECT_GT(rejected, 2500);
}

TEST(IdlHostile, TimeIsLinearInTheText) {
  // CPU time: the machine may have other work.
  const auto seconds = [](const std::string& text) {
    const std::clock_t start = std::clock();
    static_cast<void>(load_text(text));
    return static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  };
  const auto repeated = [](std::string_view piece, std::size_t bytes) {
    std::string s;
    while (s.size() < bytes) {
      s += piece;
    }
    return s;
  };
  constexpr std::size_t megabytes = 4u << 20;
  for (const char* piece : {"/*", "/**", "/** x */", "{", "}", "(", "\"", "'\\", "struct ",
                            "struct A{", "enum E{struct ", "enum E { struct /**/", "1:", "a.b.",
                            "# \n", "1e", "\n", "const i32 A=[", "service S{void f("}) {
    EXPECT_LT(seconds(repeated(piece, megabytes)), 20.0) << piece;
  }
  EXPECT_LT(seconds("struct A { 1: i32 a " + repeated("(x) ", megabytes)), 20.0);
  EXPECT_LT(seconds("enum E {" + repeated("struct,", megabytes) + "}"), 20.0);
}

}  // namespace
}  // namespace wirejit::thrift
