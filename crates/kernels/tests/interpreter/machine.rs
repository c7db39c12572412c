//! Statements: the invocations of a workgroup run in step, each with its own state in loops and branches.

use joulemark_kernels::{Element, Precision};
use naga::{AddressSpace, Binding, Block, BuiltIn, Expression, Function, Handle, Module, Statement, Type};

use super::Counts;
use super::memory::{Memory, Place, Pointer, Target};
use super::value::{Num, Value};

pub(crate) struct Machine<'a> {
    pub(crate) module: &'a Module,
    pub(crate) precision: Precision,
    pub(crate) subgroup: usize,
    pub(crate) size: [u32; 3],
    pub(crate) counts: Counts,
    pub(crate) buffers: &'a mut [Memory],
    pub(crate) workgroup: Vec<Memory>,
    pub(crate) functions: Vec<Memory>,
    /// Where each global variable lies; a private one the first invocation's.
    pub(crate) globals: Vec<Place>,
    /// Number of the workgroup, and of the barrier before.
    pub(crate) group: u32,
    pub(crate) epoch: u32,
}

/// A call in progress, of all invocations that make it.
pub(crate) struct Frame<'a> {
    pub(crate) function: &'a Function,
    /// [expression][invocation]
    pub(crate) values: Vec<Vec<Option<Value>>>,
    /// [argument][invocation]
    pub(crate) arguments: Vec<Vec<Option<Value>>>,
    /// [variable][invocation]: index into `Machine::functions`
    pub(crate) locals: Vec<usize>,
    state: Vec<State>,
    results: Vec<Option<Value>>,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    Running,
    Broken,
    Continued,
    Returned,
}

impl<'a> Machine<'a> {
    pub(crate) fn new(
        module: &'a Module,
        precision: Precision,
        subgroup: usize,
        buffers: &'a mut [Memory],
        bindings: &[usize],
    ) -> Self {
        let size = module.entry_points[0].workgroup_size;
        let count = size.iter().product::<u32>() as usize;
        let (mut shared, mut private) = (0, 0);
        let variables = module.global_variables.iter();
        let mut numbers: Vec<u32> = variables
            .filter_map(|(_, variable)| Some(variable.binding.as_ref()?.binding))
            .collect();
        numbers.sort_unstable();
        let place = |number: u32| numbers.iter().position(|other| *other == number).unwrap();
        let globals = module
            .global_variables
            .iter()
            .map(|(_, variable)| match variable.space {
                AddressSpace::Storage { .. } => {
                    Place::Buffer(bindings[place(variable.binding.as_ref().unwrap().binding)])
                }
                AddressSpace::WorkGroup => {
                    shared += 1;
                    Place::Workgroup(shared - 1)
                }
                AddressSpace::Private => {
                    private += count;
                    Place::Function(private - count)
                }
                other => panic!("no kernel has variables in {other:?}"),
            })
            .collect();
        Self {
            module,
            precision,
            subgroup,
            size,
            counts: Counts::default(),
            buffers,
            workgroup: Vec::new(),
            functions: Vec::new(),
            globals,
            group: 0,
            epoch: 0,
        }
    }

    pub(crate) fn bytes_of(&self, ty: Handle<Type>) -> usize {
        self.module.types[ty].inner.size(self.module.to_ctx()) as usize
    }

    /// Sizes of the global variables in this kind of memory.
    fn sizes(&self, space: AddressSpace) -> Vec<usize> {
        let variables = self.module.global_variables.iter().map(|(_, variable)| variable);
        let variables = variables.filter(|variable| variable.space == space);
        variables.map(|variable| self.bytes_of(variable.ty)).collect()
    }

    pub(crate) fn invocations(&self) -> usize {
        self.size.iter().product::<u32>() as usize
    }

    /// Runs one workgroup. Its memory starts unwritten, as in a trusted module.
    pub(crate) fn workgroup(&mut self, id: [u32; 3]) -> Result<(), String> {
        let sizes = self.sizes(AddressSpace::WorkGroup).into_iter();
        self.workgroup = sizes.map(|size| Memory::new(size, false, true)).collect();
        let count = self.invocations();
        let sizes = self.sizes(AddressSpace::Private).into_iter();
        self.functions.clear();
        sizes.for_each(|size| {
            self.functions
                .extend((0..count).map(|_| Memory::new(size, true, false)))
        });
        let function = &self.module.entry_points[0].function;
        let arguments = function
            .arguments
            .iter()
            .map(|argument| {
                let Some(Binding::BuiltIn(builtin)) = argument.binding else {
                    panic!("the entry point takes built-in values only")
                };
                (0..count).map(|lane| Some(self.builtin(builtin, id, lane))).collect()
            })
            .collect();
        let all: Vec<usize> = (0..count).collect();
        self.call(function, arguments, &all)?;
        self.group += 1;
        Ok(())
    }

    fn builtin(&self, builtin: BuiltIn, group: [u32; 3], lane: usize) -> Value {
        let number = |x: usize| Value::of(&[Num::U32(x as u32)]);
        let [x, y, _] = self.size.map(|size| size as usize);
        match builtin {
            BuiltIn::WorkGroupId => Value::of(&group.map(Num::U32)),
            BuiltIn::LocalInvocationId => {
                Value::of(&[lane % x, lane / x % y, lane / x / y].map(|x| Num::U32(x as u32)))
            }
            BuiltIn::LocalInvocationIndex => number(lane),
            BuiltIn::NumSubgroups => number(self.invocations().div_ceil(self.subgroup)),
            BuiltIn::SubgroupId => number(lane / self.subgroup),
            BuiltIn::SubgroupSize => number(self.subgroup),
            BuiltIn::SubgroupInvocationId => number(lane % self.subgroup),
            other => panic!("no kernel takes {other:?}"),
        }
    }

    fn call(
        &mut self,
        function: &'a Function,
        arguments: Vec<Vec<Option<Value>>>,
        lanes: &[usize],
    ) -> Result<Vec<Option<Value>>, String> {
        let count = self.invocations();
        let floor = self.functions.len();
        let mut locals = Vec::new();
        for (_, variable) in function.local_variables.iter() {
            locals.push(self.functions.len());
            let size = self.bytes_of(variable.ty);
            self.functions
                .extend((0..count).map(|_| Memory::new(size, true, false)));
        }
        let mut frame = Frame {
            function,
            values: vec![Vec::new(); function.expressions.len()],
            arguments,
            locals,
            state: vec![State::Running; count],
            results: vec![None; count],
        };
        for (handle, variable) in function.local_variables.iter() {
            for &lane in lanes {
                if let Some(init) = variable.init {
                    let value = self.get(&frame, init, lane)?;
                    let pointer = Pointer {
                        place: Place::Function(frame.locals[handle.index()] + lane),
                        offset: 0,
                        target: Target::Type(variable.ty),
                    };
                    self.store(pointer, &value, lane)?;
                }
            }
        }
        self.block(&mut frame, &function.body, lanes)?;
        self.functions.truncate(floor);
        Ok(frame.results)
    }

    fn block(&mut self, frame: &mut Frame<'a>, block: &'a Block, lanes: &[usize]) -> Result<(), String> {
        for statement in block.iter() {
            let live: Vec<usize> = lanes
                .iter()
                .copied()
                .filter(|&lane| frame.state[lane] == State::Running)
                .collect();
            if live.is_empty() {
                return Ok(());
            }
            self.statement(frame, statement, &live)?;
        }
        Ok(())
    }

    fn statement(&mut self, frame: &mut Frame<'a>, statement: &'a Statement, live: &[usize]) -> Result<(), String> {
        match statement {
            Statement::Emit(range) => {
                for handle in range.clone() {
                    self.emit(frame, handle, live)?;
                }
            }
            Statement::Block(block) => self.block(frame, block, live)?,
            Statement::If {
                condition,
                accept,
                reject,
            } => {
                let (mut yes, mut no) = (Vec::new(), Vec::new());
                for &lane in live {
                    if self.get(frame, *condition, lane)?.bool() {
                        yes.push(lane);
                    } else {
                        no.push(lane);
                    }
                }
                self.block(frame, accept, &yes)?;
                self.block(frame, reject, &no)?;
            }
            Statement::Loop {
                body,
                continuing,
                break_if,
            } => {
                while live.iter().any(|&lane| frame.state[lane] == State::Running) {
                    self.block(frame, body, live)?;
                    change(frame, live, State::Continued, State::Running);
                    self.block(frame, continuing, live)?;
                    for &lane in live {
                        if let Some(condition) = break_if
                            && frame.state[lane] == State::Running
                            && self.get(frame, *condition, lane)?.bool()
                        {
                            frame.state[lane] = State::Broken;
                        }
                    }
                }
                change(frame, live, State::Broken, State::Running);
            }
            Statement::Break => change(frame, live, State::Running, State::Broken),
            Statement::Continue => change(frame, live, State::Running, State::Continued),
            Statement::Return { value } => {
                for &lane in live {
                    frame.results[lane] = value.map(|value| self.get(frame, value, lane)).transpose()?;
                }
                change(frame, live, State::Running, State::Returned);
            }
            Statement::ControlBarrier(_) => {
                if live.len() != self.invocations() {
                    return Err("a barrier that not all invocations reach".into());
                }
                self.epoch += 1;
            }
            Statement::Store { pointer, value } => {
                for &lane in live {
                    let pointer = self.get(frame, *pointer, lane)?.pointer();
                    let value = self.get(frame, *value, lane)?;
                    self.store(pointer, &value, lane)?;
                }
            }
            Statement::Call {
                function,
                arguments,
                result,
            } => {
                let mut given = Vec::new();
                for argument in arguments {
                    let mut column = vec![None; self.invocations()];
                    for &lane in live {
                        column[lane] = Some(self.get(frame, *argument, lane)?);
                    }
                    given.push(column);
                }
                let results = self.call(&self.module.functions[*function], given, live)?;
                if let Some(result) = result {
                    frame.set(*result, live, |lane| results[lane].clone());
                }
            }
            Statement::CooperativeStore { target, data } => {
                for lane in self.leaders(live)? {
                    self.store_matrix(frame, *target, data, lane)?;
                }
            }
            Statement::SubgroupGather { mode, argument, result } => {
                let naga::GatherMode::Broadcast(index) = mode else {
                    panic!("no kernel gathers by {mode:?}")
                };
                for &lane in live {
                    let index = self.get(frame, *index, lane)?.index();
                    let source = lane / self.subgroup * self.subgroup + index;
                    if !live.contains(&source) {
                        return Err(format!("a number from lane {index}, which is not there"));
                    }
                    let value = self.get(frame, *argument, source)?;
                    frame.set(*result, &[lane], |_| Some(value.clone()));
                }
            }
            other => panic!("no kernel executes {other:?}"),
        }
        Ok(())
    }

    /// The first invocation of each subgroup that is there, which must be there whole.
    pub(crate) fn leaders(&self, live: &[usize]) -> Result<Vec<usize>, String> {
        let leaders: Vec<_> = live.iter().copied().filter(|lane| lane % self.subgroup == 0).collect();
        if leaders.len() * self.subgroup != live.len() {
            return Err("a cooperative matrix in part of a subgroup".into());
        }
        Ok(leaders)
    }

    /// Adds operations if they are on the precision's own numbers.
    pub(crate) fn count(&mut self, num: Num, operations: usize) {
        let own = match self.precision.input() {
            Element::I8 => matches!(num, Num::I32(_)),
            _ => matches!(num, Num::F32(_) | Num::F16(_)),
        };
        self.counts.operations += if own { operations as u64 } else { 0 };
    }
}

impl Frame<'_> {
    pub(crate) fn set(
        &mut self,
        expression: Handle<Expression>,
        lanes: &[usize],
        value: impl Fn(usize) -> Option<Value>,
    ) {
        let count = self.state.len();
        let column = &mut self.values[expression.index()];
        column.resize(count, None);
        for &lane in lanes {
            column[lane] = value(lane);
        }
    }
}

fn change(frame: &mut Frame, lanes: &[usize], from: State, to: State) {
    for &lane in lanes {
        if frame.state[lane] == from {
            frame.state[lane] = to;
        }
    }
}
