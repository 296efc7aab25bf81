struct A {
  1: i32
  2: i32 b
  3: list<i32 c,
  4: string d = [1, 2;
}
struct B { 1: string s = "a\q", 2: string t = "open
}
enum E { A = 1, B = , C }
service S {
  void f(1: i32 a
  void g()
}
struct C { 1: i32 a } ;
struct D { @annotated 1: i32 a,, }
/* never closed
