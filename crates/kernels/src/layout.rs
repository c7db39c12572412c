//! How a tensor lies in a buffer: which storage slot holds which element.

/// A tensor seen as rows × channels × spatial positions, with optional interleaving of channels and padding.
///
/// A *unit* is what a shader reads as one `Elem`: one number, or for i8 four neighbouring channels in a `u32`.
/// Row `r`, channel `c`, position `s` is number `c % interleave` of unit
/// `r·row_pitch + (c / interleave)·spatial_pitch + s·spatial_step`. Slots that hold no element are zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Rows: the outermost dimensions together.
    pub rows: u32,
    /// Channels: the dimension that may be interleaved.
    pub channels: u32,
    /// Spatial positions: the innermost dimensions together.
    pub spatial: u32,
    /// Channels per unit: 1 or 4.
    pub interleave: u32,
    /// Units from one channel (group of four for i8) to the next.
    pub spatial_pitch: u32,
    /// Units from one position to the next.
    pub spatial_step: u32,
    /// Units from one row to the next.
    pub row_pitch: u32,
    /// Whether the rows lie innermost.
    pub rows_last: bool,
    /// Unit of a row where one more number lies, which ends the row: a filter's bias.
    pub tail: Option<u32>,
    /// Equal blocks of rows, each with channels of its own: block b's first channel lies at channel b·`channels` of its
    /// rows, and the others' channels are zero. 1 for the usual tensor.
    pub blocks: u32,
}

impl Layout {
    /// Densely packed, apart from the interleaving.
    pub fn dense(rows: u32, channels: u32, spatial: u32, interleave: u32) -> Self {
        let row_pitch = channels.div_ceil(interleave) * spatial;
        Self {
            rows,
            channels,
            spatial,
            interleave,
            spatial_pitch: spatial,
            spatial_step: 1,
            row_pitch,
            rows_last: false,
            tail: None,
            blocks: 1,
        }
    }

    /// Densely packed as a block-diagonal matrix: the weights of a grouped convolution, written as a dense one's.
    pub fn block_diagonal(rows: u32, channels: u32, spatial: u32, interleave: u32, blocks: u32) -> Self {
        Self {
            channels,
            blocks,
            ..Self::dense(rows, channels * blocks, spatial, interleave)
        }
    }

    /// The same with the channels innermost, positions `pitch` units apart.
    pub fn channels_last(self, pitch: u32) -> Self {
        Self {
            spatial_pitch: 1,
            spatial_step: pitch,
            row_pitch: self.spatial * pitch,
            ..self
        }
    }

    /// The same with the rows innermost, `pitch` units from one place in a row to the next.
    pub fn rows_last(self, pitch: u32) -> Self {
        Self {
            spatial_pitch: self.spatial_pitch * pitch,
            spatial_step: self.spatial_step * pitch,
            tail: self.tail.map(|tail| tail * pitch),
            row_pitch: 1,
            rows_last: true,
            ..self
        }
    }

    /// The same with one more number at the end of each row.
    pub fn with_tail(self) -> Self {
        Self {
            tail: Some(self.row_pitch),
            row_pitch: self.row_pitch + 1,
            ..self
        }
    }

    /// The same with a unit of zero behind each row.
    pub fn with_zero(self) -> Self {
        Self {
            row_pitch: self.row_pitch + 1,
            ..self
        }
    }

    /// The same with each row padded to whole vectors of four units.
    pub fn pad_rows(self) -> Self {
        Self {
            row_pitch: self.row_pitch.next_multiple_of(4),
            ..self
        }
    }

    /// The same with each channel's positions padded to whole vectors of four units.
    pub fn pad_spatial(self) -> Self {
        let spatial_pitch = self.spatial.next_multiple_of(4);
        Self {
            spatial_pitch,
            row_pitch: (self.channels * self.blocks).div_ceil(self.interleave) * spatial_pitch,
            ..self
        }
    }

    /// Numbers that the buffer holds, padding included.
    pub fn slots(&self) -> u64 {
        let units = if self.rows_last {
            u64::from(self.spatial) * u64::from(self.spatial_step)
                + u64::from(self.tail.map_or(0, |_| self.spatial_pitch))
        } else {
            u64::from(self.rows) * u64::from(self.row_pitch)
        };
        units * u64::from(self.interleave)
    }

    /// Spreads dense row-major `data` over the slots; padding becomes the type's zero.
    pub fn pack<T: Copy + Default>(&self, data: &[T]) -> Vec<T> {
        let mut slots = vec![T::default(); self.slots() as usize];
        self.each_run(|dense, slot| {
            for position in 0..self.spatial as usize {
                slots[slot + position * self.step()] = data[dense + position];
            }
        });
        self.each_tail(|dense, slot| slots[slot] = data[dense]);
        slots
    }

    /// Collects dense row-major data from the slots.
    pub fn unpack<T: Copy + Default>(&self, slots: &[T]) -> Vec<T> {
        let mut data = vec![T::default(); self.rows as usize * self.row_length()];
        self.each_run(|dense, slot| {
            for position in 0..self.spatial as usize {
                data[dense + position] = slots[slot + position * self.step()];
            }
        });
        self.each_tail(|dense, slot| data[dense] = slots[slot]);
        data
    }

    /// Slots from one position to the next.
    fn step(&self) -> usize {
        (self.spatial_step * self.interleave) as usize
    }

    /// Numbers of a dense row.
    fn row_length(&self) -> usize {
        self.channels as usize * self.spatial as usize + usize::from(self.tail.is_some())
    }

    /// Calls `visit(dense index, slot)` for each row's last number where rows have one more.
    fn each_tail(&self, mut visit: impl FnMut(usize, usize)) {
        let Some(tail) = self.tail else { return };
        for row in 0..self.rows as usize {
            let unit = row * self.row_pitch as usize + tail as usize;
            visit((row + 1) * self.row_length() - 1, unit * self.interleave as usize);
        }
    }

    /// Calls `visit(first dense index, first slot)` for each (row, channel).
    fn each_run(&self, mut visit: impl FnMut(usize, usize)) {
        let [channels, spatial, interleave] = [self.channels, self.spatial, self.interleave].map(|x| x as usize);
        let length = self.row_length();
        for row in 0..self.rows as usize {
            let first = row / (self.rows / self.blocks) as usize * channels;
            for channel in 0..channels {
                let place = first + channel;
                let unit = row * self.row_pitch as usize + place / interleave * self.spatial_pitch as usize;
                visit(row * length + channel * spatial, unit * interleave + place % interleave);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Layout;

    #[test]
    fn packing_interleaves_and_pads() {
        let layout = Layout::dense(1, 5, 3, 4).pad_spatial();
        let data: Vec<i8> = (1..=15).collect();
        let slots = layout.pack(&data);
        assert_eq!(slots.len(), 2 * 4 * 4);
        assert_eq!(slots[..12], [1, 4, 7, 10, 2, 5, 8, 11, 3, 6, 9, 12]);
        assert_eq!(slots[12..20], [0, 0, 0, 0, 13, 0, 0, 0]);
        assert_eq!(layout.unpack(&slots), data);
    }

    #[test]
    fn padding_rows_keeps_the_data() {
        let layout = Layout::dense(3, 5, 1, 1).pad_rows();
        let data: Vec<i32> = (0..15).collect();
        assert_eq!(layout.pack(&data)[8..13], [5, 6, 7, 8, 9]);
        assert_eq!(layout.unpack(&layout.pack(&data)), data);
    }

    #[test]
    fn channels_last_with_a_tail_and_a_zero() {
        let layout = Layout::dense(2, 3, 2, 1).channels_last(4).with_tail().pad_rows();
        let data: Vec<i32> = (1..=14).collect();
        let slots = layout.pack(&data);
        assert_eq!(slots[..12], [1, 3, 5, 0, 2, 4, 6, 0, 7, 0, 0, 0]);
        assert_eq!(layout.unpack(&slots), data);
        let layout = Layout::dense(2, 2, 1, 1).with_zero();
        assert_eq!(layout.pack(&[1, 2, 3, 4]), [1, 2, 0, 3, 4, 0]);
    }

    #[test]
    fn rows_last_with_a_tail() {
        let layout = Layout::dense(2, 3, 2, 1).channels_last(3).with_tail().rows_last(4);
        let data: Vec<i32> = (1..=14).collect();
        let slots = layout.pack(&data);
        assert_eq!(slots.len(), 7 * 4);
        assert_eq!(slots[..8], [1, 8, 0, 0, 3, 10, 0, 0]);
        assert_eq!(slots[24..], [7, 14, 0, 0]);
        assert_eq!(layout.unpack(&slots), data);
    }

    #[test]
    fn blocks_lie_on_the_diagonal() {
        let layout = Layout::block_diagonal(4, 1, 1, 1, 2).pad_rows();
        let data: Vec<i32> = (1..=4).collect();
        assert_eq!(layout.pack(&data), [1, 0, 0, 0, 2, 0, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0]);
        assert_eq!(layout.unpack(&layout.pack(&data)), data);
    }
}
