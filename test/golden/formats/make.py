"""Writes npy.json, half.json and onnx.json: files by NumPy, ml_dtypes and the onnx package, and what these say is in them.

Run in a venv with numpy, ml_dtypes and onnx: python make.py (in this folder).
"""
import base64, io, json
import ml_dtypes
import numpy as np
import onnx
from onnx import TensorProto, helper

def save(name, value):
    with open(name, 'w') as file:
        json.dump(value, file, indent=1, ensure_ascii=True)
        file.write('\n')

def b64(data): return base64.b64encode(data).decode()

# --- .npy -----------------------------------------------------------------------------------------------------------
def npy(array, version=None):
    out = io.BytesIO()
    np.lib.format.write_array(out, array, version=version, allow_pickle=False)
    return b64(out.getvalue())

def values(array):
    flat = np.ascontiguousarray(array).reshape(-1)
    if flat.dtype == np.float16 or flat.dtype == ml_dtypes.bfloat16: return flat.view(np.uint16).tolist()
    if flat.dtype.kind == 'c': return flat.view(flat.real.dtype).tolist()
    if flat.dtype.kind in 'iu' and flat.dtype.itemsize == 8: return [str(v) for v in flat]
    if flat.dtype.kind == 'b': return [int(v) for v in flat]
    if flat.dtype.kind == 'S': return [v.decode() for v in flat]
    return flat.tolist()

grid = np.arange(6).reshape(2, 3)
arrays = {
    'float32': grid.astype('<f4') / 4, 'float32 big-endian': grid.astype('>f4') / 4,
    'float32 Fortran': np.asfortranarray(np.arange(24).reshape(2, 3, 4).astype('f4')),
    'float64 big-endian Fortran': np.asfortranarray(grid.astype('>f8')), 'float16': grid.astype('f2') / 4,
    'int8': grid.astype('i1') - 3, 'uint8': grid.astype('u1') + 250, 'int16 big-endian': grid.astype('>i2') - 3,
    'uint16': grid.astype('u2'), 'int32': grid.astype('i4') - 3, 'uint32': grid.astype('u4'),
    'int64': np.array([-2**63, 2**53 + 1, 7]), 'uint64 big-endian': np.array([2**64 - 1, 1], dtype='>u8'),
    'bool': grid % 2 == 0, 'complex64': (grid + 1j).astype('c8'), 'complex128': grid * (1 - 2j),
    'scalar': np.float32(2.5).reshape(()), 'empty': np.zeros((0, 3), 'f4'),
    'unicode': np.array([['a', 'Zürich'], ['', '🐍 x']]), 'unicode big-endian': np.array(['b', 'é'], dtype='>U3'),
    'bytes': np.array([b'yes', b'no']), 'unicode Fortran': np.asfortranarray(np.array([['a', 'b', 'c'], ['d', 'e', 'f']])),
    'bfloat16': grid.astype(ml_dtypes.bfloat16),
}
names = {'bool': 'bool', 'str': 'string', 'bytes': 'string'}
def dtype_name(array):
    if array.dtype.kind in 'US': return 'string'
    return str(array.dtype.newbyteorder('=')) if array.dtype.kind != 'V' else str(array.dtype)
cases = [{'name': name, 'file': npy(array), 'dtype': dtype_name(array), 'shape': list(array.shape), 'values': values(array)} for name, array in arrays.items()]
for version in ((2, 0), (3, 0)):
    cases.append({'name': f'version {version[0]}', 'file': npy(grid.astype('f4'), version), 'dtype': 'float32', 'shape': [2, 3], 'values': list(map(float, range(6)))})
save('npy.json', {'made_with': f'numpy {np.__version__}, ml_dtypes {ml_dtypes.__version__}', 'arrays': cases,
                  'refused': {'structured': npy(np.zeros(2, dtype=[('a', 'f4'), ('b', 'i4')])), 'dates': npy(np.array(['2026-01-01'], dtype='M8[D]'))}})

# --- float16 and bfloat16 ---------------------------------------------------------------------------------------------
interesting = [0.0, -0.0, 1.0, -1.5, 0.1, 1/3, 65504, 65519.99, 65520, 1e6, -1e6, 6.1e-5, 6.103515625e-05, 5.96e-8, 2.98e-8, 2.9802322387695312e-08,
               2.99e-8, 1e-9, 1.00048828125, 1.0014648438, 1.00390625, 1.01171875, 3.3895e38, 3.4e38, 2049, 2051, float('inf'), float('-inf')]
f32 = np.array(interesting, dtype=np.float32)
save('half.json', [{'value': str(float(v)), 'float16': int(h), 'bfloat16': int(b)} for v, h, b in
                   zip(f32, f32.astype(np.float16).view(np.uint16), f32.astype(ml_dtypes.bfloat16).view(np.uint16))])

# --- ONNX -------------------------------------------------------------------------------------------------------------
def value(name, elem, shape): return helper.make_tensor_value_info(name, elem, shape)
def seq(name): return helper.make_tensor_sequence_value_info(name, TensorProto.FLOAT, None)
def typed(name, type_proto): return helper.make_value_info(name, type_proto)
tensor_type = helper.make_tensor_type_proto(TensorProto.INT64, ['n'])
F = TensorProto.FLOAT

w = helper.make_tensor('w', F, [4, 2], np.arange(8, dtype=np.float32).tobytes(), raw=True)
typed_data = helper.make_tensor('steps', TensorProto.INT64, [3], [1, 2, -3])
external = TensorProto(name='big', data_type=TensorProto.FLOAT16, dims=[1000, 10], data_location=TensorProto.EXTERNAL)
for key, text in (('location', 'weights/big.bin'), ('offset', '4096'), ('length', '20000')):
    external.external_data.add(key=key, value=text)
branch = helper.make_graph([helper.make_node('Constant', [], ['c'], value=helper.make_tensor('k', F, [2], [1., 2.]))], 'then', [], [value('c', F, [2])])
models = {
    'old style: weights are inputs too': helper.make_model(helper.make_graph([helper.make_node('MatMul', ['x', 'w'], ['y'])], 'g',
        [value('x', F, ['batch', 4]), value('w', F, [4, 2])], [value('y', F, ['batch', 2])], [w]), ir_version=3, producer_name='golden', producer_version='1.0', opset_imports=[helper.make_opsetid('', 9)]),
    'every kind of input': helper.make_model(helper.make_graph([helper.make_node('Identity', ['t'], ['o'])], 'g', [
        value('t', F, [None, 3, 'h', 0]), value('scalar', TensorProto.INT64, []), value('anyrank', F, None), value('half', TensorProto.FLOAT16, [1]),
        value('brain', TensorProto.BFLOAT16, [1]), value('text', TensorProto.STRING, ['n']), value('nibble', TensorProto.INT4, [2]), value('f8', TensorProto.FLOAT8E4M3FN, [2]),
        seq('sequence'), typed('map', helper.make_map_type_proto(TensorProto.INT64, tensor_type)), typed('optional', helper.make_optional_type_proto(tensor_type)),
        helper.make_sparse_tensor_value_info('sparse', F, [5, 5]),
    ], [value('o', F, None)]), ir_version=10, opset_imports=[helper.make_opsetid('', 21)]),
    'control flow, domains, typed and external data': helper.make_model(helper.make_graph([
        helper.make_node('If', ['cond'], ['r'], then_branch=branch, else_branch=branch),
        helper.make_node('Gelu', ['r'], ['s'], domain='com.microsoft'), helper.make_node('Add', ['s', 's'], ['y'])], 'g',
        [value('cond', TensorProto.BOOL, [])], [value('y', F, [2])], [typed_data, external]), ir_version=9,
        opset_imports=[helper.make_opsetid('', 20), helper.make_opsetid('com.microsoft', 1)]),
}

KINDS = {'tensor_type': 'tensor', 'sequence_type': 'sequence', 'map_type': 'map', 'optional_type': 'optional', 'sparse_tensor_type': 'sparse'}
FED = {1: 'float32', 2: 'uint8', 3: 'int8', 7: 'int64', 8: 'string', 9: 'bool', 10: 'float16', 16: 'bfloat16', 22: 'int4'}
def spec(info):
    which = info.type.WhichOneof('value')
    body = getattr(info.type, which)
    out = {'name': info.name, 'kind': KINDS[which]}
    tensor = body
    while not hasattr(tensor, 'shape'): tensor = getattr(tensor, 'value_type', None) or tensor.elem_type; tensor = getattr(tensor, tensor.WhichOneof('value'))
    if tensor.elem_type in FED: out['dtype'] = FED[tensor.elem_type]
    if which in ('tensor_type', 'sparse_tensor_type') and body.HasField('shape'):
        out['shape'] = [d.dim_param if d.HasField('dim_param') else d.dim_value if d.HasField('dim_value') else '' for d in body.shape.dim]
    return out

def content(model):
    weights, ops = {}, {}
    def walk(graph):
        for tensor in graph.initializer: add(tensor)
        for node in graph.node:
            name = node.op_type if node.domain == '' else f'{node.domain}.{node.op_type}'
            ops[name] = ops.get(name, 0) + 1
            for a in node.attribute:
                if a.HasField('t'): add(a.t)
                if a.HasField('g'): walk(a.g)
    def add(t):
        name = FED[t.data_type]
        count = int(np.prod(t.dims)); size = count * {'float32': 4, 'int64': 8, 'float16': 2}[name]
        c, b = weights.get(name, (0, 0)); weights[name] = (c + count, b + size)
    walk(model.graph)
    stored = {t.name for t in model.graph.initializer}
    out = {'inputs': [spec(i) for i in model.graph.input if i.name not in stored], 'outputs': [spec(o) for o in model.graph.output],
           'weights': {k: {'count': c, 'bytes': b} for k, (c, b) in weights.items()}, 'operators': ops, 'irVersion': model.ir_version,
           'opsets': [{'domain': o.domain, 'version': o.version} for o in model.opset_import]}
    producer = f'{model.producer_name} {model.producer_version}'.strip()
    if producer: out['producer'] = producer
    return out

save('onnx.json', {'made_with': f'onnx {onnx.__version__}', 'models': [{'name': n, 'file': b64(m.SerializeToString()), 'content': content(m)} for n, m in models.items()]})
