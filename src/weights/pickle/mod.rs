//! Pickles of tensors. A pickle is a program that may call any Python function; here it may build a dictionary of tensors
//! and nothing else: any other name in it is refused, and nothing is ever called.
//!
//! Opcodes: `Lib/pickletools.py` of CPython.

mod reader;
mod value;

use std::collections::HashMap;
use std::rc::Rc;

pub(super) use reader::{Reader, broken};
pub(super) use value::{Storage, Tensor, Value};

use crate::error::Result;
use reader::refused;
use value::Global;

/// How deep tuples may nest; a tensor's arguments need four.
const MAX_DEPTH: usize = 8;

/// What one pickle builds, which ends with a stop.
pub(super) fn run(reader: &mut Reader<'_>) -> Result<Value> {
    Machine::default().run(reader)
}

/// A pickle machine without the power to call.
#[derive(Default)]
struct Machine {
    stack: Vec<Value>,
    marks: Vec<usize>,
    memo: HashMap<usize, Value>,
}

impl Machine {
    /// Runs one pickle, which ends with a stop.
    fn run(mut self, reader: &mut Reader<'_>) -> Result<Value> {
        loop {
            match reader.byte()? {
                // Protocol and frame: bookkeeping.
                0x80 => _ = reader.byte()?,
                0x95 => _ = reader.take(8)?,
                b'.' => return self.pop(),
                b'q' => self.remember(reader.byte()?.into())?,
                b'r' => self.remember(u32::from_le_bytes(*reader.take_chunk()?) as usize)?,
                0x94 => self.remember(self.memo.len())?,
                b'h' => self.recall(reader.byte()?.into())?,
                b'j' => self.recall(u32::from_le_bytes(*reader.take_chunk()?) as usize)?,
                opcode if self.push_scalar(opcode, reader)? => {}
                opcode => self.build(opcode)?,
            }
        }
    }

    /// Pushes what stands in the stream itself; says whether the operation is one that does.
    fn push_scalar(&mut self, opcode: u8, reader: &mut Reader<'_>) -> Result<bool> {
        match opcode {
            b'N' | 0x88 | 0x89 => self.stack.push(Value::Nothing),
            b'G' => {
                reader.take(8)?;
                self.stack.push(Value::Nothing);
            }
            b'K' => self.int(reader.byte()?.into()),
            b'M' => self.int(u16::from_le_bytes(*reader.take_chunk()?).into()),
            b'J' => self.int(i32::from_le_bytes(*reader.take_chunk()?).into()),
            0x8a => {
                let len = reader.byte()?;
                let bytes = reader.take(len.into())?;
                // Larger numbers say nothing that we need.
                if bytes.len() <= 8 {
                    let fill = if bytes.last().is_some_and(|byte| byte & 0x80 != 0) {
                        0xff
                    } else {
                        0
                    };
                    let mut wide = [fill; 8];
                    wide[..bytes.len()].copy_from_slice(bytes);
                    self.int(i64::from_le_bytes(wide));
                } else {
                    self.stack.push(Value::Nothing);
                }
            }
            b'X' => {
                let len = u32::from_le_bytes(*reader.take_chunk()?);
                self.text(reader.text(len as usize)?);
            }
            0x8c => {
                let len = reader.byte()?;
                self.text(reader.text(len.into())?);
            }
            b'c' => {
                let global = Global::find(reader.line()?, reader.line()?)?;
                self.stack.push(Value::Global(global));
            }
            b']' => self.stack.push(Value::Texts(Rc::default())),
            b'}' => self.stack.push(Value::Dict(Rc::default())),
            b')' => self.tuple(Vec::new())?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Makes something of what is on the stack.
    fn build(&mut self, opcode: u8) -> Result<()> {
        match opcode {
            b'(' => self.marks.push(self.stack.len()),
            0x93 => match (self.pop()?, self.pop()?) {
                (Value::Text(name), Value::Text(module)) => {
                    let global = Global::find(&module, &name)?;
                    self.stack.push(Value::Global(global));
                }
                _ => return Err(broken("a name in it isn't text")),
            },
            // TUPLE1 to TUPLE3.
            0x85..=0x87 => {
                let len = usize::from(opcode - 0x84);
                let from = self.stack.len().checked_sub(len);
                let from = from.ok_or_else(|| broken("its stack runs dry"))?;
                let values = self.stack.split_off(from);
                self.tuple(values)?;
            }
            b't' => {
                let values = self.pop_to_mark()?;
                self.tuple(values)?;
            }
            b'a' => {
                let value = self.pop()?;
                self.append([value])?;
            }
            b'e' => {
                let values = self.pop_to_mark()?;
                self.append(values)?;
            }
            b's' => {
                let (value, key) = (self.pop()?, self.pop()?);
                self.set(vec![key, value])?;
            }
            b'u' => {
                let values = self.pop_to_mark()?;
                self.set(values)?;
            }
            b'Q' => {
                let storage = self.pop()?.storage();
                let storage = storage.ok_or_else(|| refused("an object of its own kind"))?;
                self.stack.push(storage);
            }
            b'R' => self.reduce()?,
            // Attributes, such as the versions of a state dictionary: of no use here.
            b'b' => _ = self.pop()?,
            opcode => return Err(refused(&format!("the operation 0x{opcode:02x}"))),
        }
        Ok(())
    }

    fn pop(&mut self) -> Result<Value> {
        let floor = self.marks.last().copied().unwrap_or(0);
        match self.stack.len() > floor {
            true => Ok(self.stack.pop().unwrap_or(Value::Nothing)),
            false => Err(broken("its stack runs dry")),
        }
    }

    fn pop_to_mark(&mut self) -> Result<Vec<Value>> {
        let mark = self.marks.pop().filter(|&mark| mark <= self.stack.len());
        let mark = mark.ok_or_else(|| broken("a mark is missing"))?;
        Ok(self.stack.split_off(mark))
    }

    fn int(&mut self, value: i64) {
        self.stack.push(Value::Int(value));
    }

    fn text(&mut self, text: &str) {
        self.stack.push(Value::Text(text.into()));
    }

    fn tuple(&mut self, values: Vec<Value>) -> Result<()> {
        let depth = values.iter().map(|value| {
            if let Value::Tuple(_, depth) = value {
                *depth
            } else {
                0
            }
        });
        let depth = 1 + depth.max().unwrap_or(0);
        if depth > MAX_DEPTH {
            return Err(refused("tuples in tuples without end"));
        }
        self.stack.push(Value::Tuple(values.into(), depth));
        Ok(())
    }

    fn remember(&mut self, at: usize) -> Result<()> {
        let value = self
            .stack
            .last()
            .cloned()
            .ok_or_else(|| broken("its stack runs dry"))?;
        self.memo.insert(at, value);
        Ok(())
    }

    fn recall(&mut self, at: usize) -> Result<()> {
        let value = self
            .memo
            .get(&at)
            .cloned()
            .ok_or_else(|| broken("it recalls what it never stored"))?;
        self.stack.push(value);
        Ok(())
    }

    fn append(&mut self, values: impl IntoIterator<Item = Value>) -> Result<()> {
        let Some(Value::Texts(list)) = self.stack.last() else {
            return Err(broken("it appends to what isn't a list"));
        };
        list.borrow_mut()
            .extend(values.into_iter().filter_map(|value| match value {
                Value::Text(text) => Some(text),
                _ => None,
            }));
        Ok(())
    }

    fn set(&mut self, pairs: Vec<Value>) -> Result<()> {
        let Some(Value::Dict(dict)) = self.stack.last() else {
            return Err(broken("it sets an item of what isn't a dictionary"));
        };
        for pair in pairs.chunks_exact(2) {
            if let [Value::Text(key), Value::Tensor(tensor)] = pair {
                dict.borrow_mut().push((key.clone(), tensor.clone()));
            }
        }
        Ok(())
    }

    fn reduce(&mut self) -> Result<()> {
        let (args, callable) = (self.pop()?, self.pop()?);
        let (Value::Global(global), Value::Tuple(args, _)) = (callable, args) else {
            return Err(refused("to call something"));
        };
        let value = match global {
            Global::OrderedDict if args.is_empty() => Some(Value::Dict(Rc::default())),
            Global::RebuildTensor => Value::tensor(&args),
            Global::RebuildParameter => match args.first() {
                Some(Value::Tensor(tensor)) => Some(Value::Tensor(tensor.clone())),
                _ => None,
            },
            _ => None,
        };
        self.stack
            .push(value.ok_or_else(|| broken("it builds a tensor from what isn't one"))?);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(pickle: &[u8]) -> Result<Value> {
        super::run(&mut Reader::new(pickle, 0))
    }

    #[test]
    fn code_is_refused_by_name() {
        // pickle.dumps of an object whose __reduce__ is (os.system, ("true",)), protocols 0 to 4.
        for (pickle, name) in [
            (&b"cposix\nsystem\np0\n(Vtrue\np1\ntp2\nRp3\n."[..], "posix.system"),
            (b"\x80\x02cposix\nsystem\nq\x00X\x04\x00\x00\x00trueq\x01\x85q\x02Rq\x03.", "posix.system"),
            (b"\x80\x04\x95\x1e\x00\x00\x00\x00\x00\x00\x00\x8c\x05posix\x94\x8c\x06system\x94\x93\x94\x8c\x04true\x94\x85\x94R\x94.", "posix.system"),
            (b"\x80\x02cbuiltins\neval\n.", "builtins.eval"),
            (b"\x80\x02ctorch._utils\n_rebuild_qtensor\n.", "torch._utils._rebuild_qtensor"),
        ] {
            let error = run(pickle).unwrap_err();
            assert!(error.to_string().contains(name), "{error}");
            assert!(error.hint().unwrap().contains("run code"));
        }
        // INST, OBJ, NEWOBJ and EXT1 call too.
        for pickle in [&b"(iposix\nsystem\n."[..], b"(o.", b"\x81.", b"\x82\x01."] {
            assert!(run(pickle).is_err());
        }
    }

    #[test]
    fn deep_nests_and_dry_stacks_are_refused() {
        let mut deep = b")".to_vec();
        deep.extend([0x85; 100_000]);
        deep.push(b'.');
        assert!(run(&deep).is_err());
        // A list that would hold itself, without end.
        let mut lists = b"]q\x00".to_vec();
        for _ in 0..100_000 {
            lists.extend(b"](h\x00e");
        }
        lists.push(b'.');
        assert!(run(&lists).is_ok());
        for pickle in [
            &b"."[..],
            b"\x85.",
            b"t.",
            b"R.",
            b"a.",
            b"s.",
            b"u.",
            b"e.",
            b"Q.",
            b"b.",
            b"h\x00.",
            b"q\x00.",
            b"(.",
            b"",
            b"X\xff\xff\xff\xff.",
            b"cos\n",
        ] {
            assert!(run(pickle).is_err(), "{pickle:?}");
        }
    }
}
