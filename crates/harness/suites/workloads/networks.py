"""Writes the layer tables of networks, as torchvision builds them at 224x224 and batch 1: `python3 networks.py`.

A row is a convolution; where height, width and filter are 1 it is a fully connected layer. Equal layers are one row with a count.
The totals that it prints are held against published ones in a test of `suite/layers.rs`."""
import csv

HEAD = "count,n,c,h,w,k,r,s,stride,padding,groups".split(",")


class Net:
    """Layers one after the other, and the shape of what flows between them."""

    def __init__(self, channels=3, side=224):
        self.layers, self.c, self.side = [], channels, side

    def conv(self, k, r, stride=1, padding=None, groups=1, c=None, keep=False):
        padding = r // 2 if padding is None else padding
        c = self.c if c is None else c
        self.layers.append((1, c, self.side, self.side, k, r, r, stride, padding, groups))
        side = (self.side + 2 * padding - r) // stride + 1
        if not keep:
            self.c, self.side = k, side
        return side

    def pool(self, r=2, stride=2, padding=0, up=False):
        self.side = (self.side + 2 * padding - r + (stride - 1 if up else 0)) // stride + 1

    def linear(self, outputs, inputs=None):
        inputs = self.c * self.side**2 if inputs is None else inputs
        self.layers.append((1, inputs, 1, 1, outputs, 1, 1, 1, 0, 1))
        self.c, self.side = outputs, 1


def alexnet():
    net = Net()
    net.conv(64, 11, 4, 2), net.pool(3), net.conv(192, 5), net.pool(3)
    net.conv(384, 3), net.conv(256, 3), net.conv(256, 3), net.pool(3)
    net.linear(4096), net.linear(4096), net.linear(1000)
    return net


def vgg(blocks):
    net = Net()
    for count, k in zip(blocks, (64, 128, 256, 512, 512)):
        for _ in range(count):
            net.conv(k, 3)
        net.pool()
    net.linear(4096), net.linear(4096), net.linear(1000)
    return net


def resnet18():
    net = Net()
    net.conv(64, 7, 2), net.pool(3, 2, 1)
    for stage, k in enumerate((64, 128, 256, 512)):
        for block in range(2):
            stride = 2 if stage and not block else 1
            if stride == 2:
                net.conv(k, 1, 2, keep=True)
            net.conv(k, 3, stride), net.conv(k, 3)
    net.side = 1
    net.linear(1000)
    return net


def squeezenet():
    net = Net()

    def fire(squeeze, expand):
        net.conv(squeeze, 1)
        net.conv(expand, 1, keep=True)
        net.conv(expand, 3)
        net.c = 2 * expand

    net.conv(64, 3, 2, 0), net.pool(3, up=True)
    fire(16, 64), fire(16, 64), net.pool(3, up=True)
    fire(32, 128), fire(32, 128), net.pool(3, up=True)
    fire(48, 192), fire(48, 192), fire(64, 256), fire(64, 256)
    net.conv(1000, 1)
    return net


def mobilenet_v2():
    net = Net()
    net.conv(32, 3, 2)
    for widen, k, count, stride in ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)):
        for block in range(count):
            inner = widen * net.c
            if widen > 1:
                net.conv(inner, 1)
            net.conv(inner, 3, stride if not block else 1, groups=inner)
            net.conv(k, 1)
    net.conv(1280, 1)
    net.side = 1
    net.linear(1000)
    return net


def shufflenet_v2():
    net = Net()
    net.conv(24, 3, 2), net.pool(3, 2, 1)
    for count, k in ((4, 116), (8, 232), (4, 464)):
        half = k // 2
        for block in range(count):
            if block:
                net.c = half
                net.conv(half, 1), net.conv(half, 3, groups=half), net.conv(half, 1)
            else:
                inputs, side = net.c, net.side
                net.conv(inputs, 3, 2, groups=inputs), net.conv(half, 1)
                net.c, net.side = inputs, side
                net.conv(half, 1), net.conv(half, 3, 2, groups=half), net.conv(half, 1)
            net.c = k
    net.conv(1024, 1)
    net.side = 1
    net.linear(1000)
    return net


def densenet121():
    net = Net()
    net.conv(64, 7, 2), net.pool(3, 2, 1)
    for stage, count in enumerate((6, 12, 24, 16)):
        for _ in range(count):
            inputs = net.c
            net.conv(128, 1), net.conv(32, 3)
            net.c = inputs + 32
        if stage < 3:
            net.conv(net.c // 2, 1), net.pool()
    net.side = 1
    net.linear(1000)
    return net


def googlenet():
    net = Net()

    def inception(one, three_in, three, five_in, five, pooled):
        inputs = net.c
        for k in (one, pooled):
            net.conv(k, 1, keep=True)
        for inner, k in ((three_in, three), (five_in, five)):
            net.c = inputs
            net.conv(inner, 1), net.conv(k, 3)
        net.c = one + three + five + pooled

    net.conv(64, 7, 2), net.pool(3, up=True), net.conv(64, 1), net.conv(192, 3), net.pool(3, up=True)
    inception(64, 96, 128, 16, 32, 32), inception(128, 128, 192, 32, 96, 64), net.pool(3, up=True)
    inception(192, 96, 208, 16, 48, 64), inception(160, 112, 224, 24, 64, 64), inception(128, 128, 256, 24, 64, 64)
    inception(112, 144, 288, 32, 64, 64), inception(256, 160, 320, 32, 128, 128), net.pool(2, up=True)
    inception(256, 160, 320, 32, 128, 128), inception(384, 192, 384, 48, 128, 128)
    net.side = 1
    net.linear(1000)
    return net


NETWORKS = {
    "alexnet": alexnet(),
    "vgg_11": vgg((1, 1, 2, 2, 2)),
    "vgg_13": vgg((2, 2, 2, 2, 2)),
    "vgg_19": vgg((2, 2, 4, 4, 4)),
    "resnet_18": resnet18(),
    "squeezenet": squeezenet(),
    "mobilenet_v2": mobilenet_v2(),
    "shufflenet_v2": shufflenet_v2(),
    "densenet_121": densenet121(),
    "googlenet": googlenet(),
}


def macs(layer):
    n, c, h, w, k, r, s, stride, padding, groups = layer
    p = (h + 2 * padding - r) // stride + 1
    return n * k * p * p * (c // groups) * r * s


for name, net in NETWORKS.items():
    counts = {}
    for layer in net.layers:
        counts[layer] = counts.get(layer, 0) + 1
    with open(f"{name}.csv", "w", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(HEAD)
        rows.writerows((count, *layer) for layer, count in counts.items())
    print(f"{name}: {sum(map(macs, net.layers)) / 1e9:.3f} GMAC in {len(net.layers)} layers, {len(counts)} different")
