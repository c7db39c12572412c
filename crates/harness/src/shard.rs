//! The cases of one shard of a campaign. In: options and all cases. Out: those that this shard measures.

use crate::case::Case;
use crate::error::Error;
use crate::options::Options;

impl Options {
    /// The cases of this shard, all of them without one.
    ///
    /// # Errors
    /// A shard that is empty.
    pub fn share(&self, cases: Vec<Case>) -> Result<Vec<Case>, Error> {
        let Some(shard) = self.shard else { return Ok(cases) };
        let all = cases.len();
        let cases = shard.pick(cases);
        match cases.is_empty() {
            true => Err(Error::Input(format!(
                "shard {shard} is empty: there are {all} cases, so at most {all} shards have one"
            ))),
            false => Ok(cases),
        }
    }
}
